"""The VectorIndex port: what every place that keeps chunk vectors can do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ragstone_index.filters import Where

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
class Parent:
    """The range around a chunk that a search returns in its stead. ``text == canonical[start:end]``."""

    start: int
    end: int
    text: str
    page: int | None = None


@dataclass(frozen=True)
class StoredChunk:
    """A chunk as the index keeps it. ``text == canonical[start:end]``; ``page`` counts from 1.

    ``context`` is to be read before the text, or before the parent's if there is a parent; it is part of neither.
    ``position`` counts the chunks of a version from 0. A query at sequence ``s`` of its collection sees it when
    ``born <= s < died``.
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
    context: str | None = None
    parent: Parent | None = None
    position: int | None = None

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
    """Who asks and when. Every query carries one, so that no query can be made that forgets permissions.

    ``withheld`` are documents that nobody finds for now, whatever the index says of who may see them.
    """

    tenant: str
    principals: Sequence[str]
    sequence: int
    withheld: Sequence[str] = ()


@dataclass(frozen=True)
class Hit:
    chunk: StoredChunk
    score: float


@dataclass(frozen=True)
class HybridHits:
    """What each leg of a hybrid search found, best first; the scores of the two cannot be compared."""

    dense: list[Hit]
    sparse: list[Hit]


@dataclass(frozen=True)
class HeldVersion:
    """What a collection holds of one document version: ``chunks`` chunks, seen by queries at ``born <= s < died``.

    ``born`` is the latest of the chunks' births and ``died`` the earliest of their deaths, so that every chunk is seen.
    """

    document_id: str
    version: int
    chunks: int
    born: int
    died: int


@dataclass(frozen=True)
class Page:
    """Part of a walk through a collection: the (document id, version) pairs met, and where the walk goes on."""

    versions: frozenset[tuple[str, int]] = frozenset()
    next: str | None = None


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

    async def hybrid(
        self,
        collection: str,
        vectors: tuple[Vector, SparseVector],
        visibility: Visibility,
        limit: int,
        where: Where | None = None,
    ) -> HybridHits:
        """Both legs in one request, each with up to ``limit`` hits."""
        ...

    async def find(
        self, collection: str, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[StoredChunk]:
        """Visible chunks that satisfy the filter, in no particular order."""
        ...

    async def count(self, collection: str, visibility: Visibility, where: Where | None = None) -> int:
        """How many visible chunks satisfy the filter, exactly."""
        ...

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        """Set who may see a document's chunks, of every version; holds from the next query when it returns."""
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

    async def collections(self) -> list[str]:
        """The ids of all collections that were written and not dropped, in no particular order."""
        ...

    async def page(self, collection: str, after: str | None = None, limit: int = 1000) -> Page:
        """Which document versions the next ``limit`` chunks belong to, from the beginning or where a page ended.

        A version met before may come again; what is written during the walk may be missed.
        """
        ...

    async def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        """What is stored of these documents, visible or not: a record for each version, in no particular order."""
        ...

    async def ping(self) -> None:
        """Returns when the index answers; raises Unavailable otherwise."""
        ...

    async def close(self) -> None: ...


def summarize(lives: Iterable[tuple[str, int, int, int]]) -> list[HeldVersion]:
    """Count chunks, each given as (document id, version, born, died), by version."""
    found: dict[tuple[str, int], HeldVersion] = {}
    for document_id, version, born, died in lives:
        one = found.get((document_id, version), HeldVersion(document_id, version, 0, 0, NEVER))
        found[document_id, version] = HeldVersion(
            document_id, version, one.chunks + 1, max(one.born, born), min(one.died, died)
        )
    return list(found.values())
