"""The VectorIndex port: what every place that keeps chunk vectors can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

NEVER = 2**53
"""A sequence number no collection reaches: a chunk with ``born == NEVER`` is not visible yet, one with
``died == NEVER`` is visible still. It is the largest integer every engine and JSON keep exactly."""


@dataclass(frozen=True)
class SparseVector:
    """Term numbers and their weights; engines multiply the inverse document frequency in."""

    indices: Sequence[int]
    values: Sequence[float]


@dataclass(frozen=True)
class StoredChunk:
    """A chunk as the index keeps it. ``text == canonical[start:end]``; ``page`` counts from 1.

    A query at sequence ``s`` of its collection sees it when ``born <= s < died``.
    """

    chunk_id: str
    tenant: str
    acl: Sequence[str]
    document_id: str
    version: int
    title: str
    start: int
    end: int
    text: str
    page: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    born: int = NEVER
    died: int = NEVER

    def with_life(self, born: int, died: int) -> "StoredChunk":
        return replace(self, born=born, died=died)


@dataclass(frozen=True)
class IndexedChunk:
    """A chunk with its vectors; ``dense`` has unit length."""

    chunk: StoredChunk
    dense: Vector
    sparse: SparseVector


@dataclass(frozen=True)
class Visibility:
    """Who asks and when. Every query carries one, so that no query can be made that forgets permissions."""

    tenant: str
    principals: Sequence[str]
    sequence: int


@dataclass(frozen=True)
class Hit:
    chunk: StoredChunk
    score: float


Where = Mapping[str, Sequence[str | int | float | bool]]
"""Metadata field -> accepted values; a chunk must satisfy every field."""


class VectorIndex(Protocol):
    """Keeps the chunks of many collections, each apart from the others.

    ``collection`` is an id. Reading a collection that was never written yields nothing. All of it is safe to call
    again after a failure: upserts and deletes are idempotent.
    """

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        """Store chunks, replacing those with the same ids; durable when it returns. Makes the collection if needed."""
        ...

    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        """The visible chunks nearest by cosine similarity, best first; the filter is part of the query."""
        ...

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        """The visible chunks with the highest BM25 score, best first; none without a common term."""
        ...

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        """Set when all chunks of a document version appear or disappear; None leaves a bound as it is."""
        ...

    async def delete(self, collection: str, document_id: str, version: int | None = None) -> None:
        """Remove a document's chunks, of one version or of all."""
        ...

    async def chunks(
        self, collection: str, document_id: str | None = None, version: int | None = None
    ) -> list[StoredChunk]:
        """Every stored chunk, visible or not, in no particular order; for audits and reconciliation."""
        ...

    async def drop(self, collection: str) -> None:
        """Remove a collection with everything in it."""
        ...

    async def ping(self) -> None:
        """Returns when the index answers; raises Unavailable otherwise."""
        ...

    async def close(self) -> None: ...
