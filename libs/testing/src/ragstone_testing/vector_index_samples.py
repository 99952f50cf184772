"""What the contract of the VectorIndex port writes and asks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from ragstone_index import (
    Hit,
    IndexedChunk,
    StoredChunk,
    VectorIndex,
    Visibility,
    encode_document,
    encode_query,
)
from ragstone_index.port import Vector
from ragstone_testing.passages import PASSAGES
from ragstone_testing.scripted_models import hashed_vectors

DIMENSIONS = 32
COLLECTION = "collection:1/with odd characters"
OTHER = "other"
EVERYONE = Visibility("acme", ["*"], sequence=5)


def vector_of(text: str) -> Vector:
    """A unit vector, near that of texts that share words."""
    return np.asarray(hashed_vectors([text], DIMENSIONS)[0], np.float32)


def stored(chunk_id: str, text: str = "the quick brown fox", **changes: object) -> StoredChunk:
    """A chunk that everyone of tenant ``acme`` sees from sequence 1 on, unless ``changes`` say otherwise."""
    plain = StoredChunk(chunk_id, "acme", ["*"], "document", 1, "Title", 0, len(text), text, born=1)
    return replace(plain, **changes)  # type: ignore[arg-type]


def indexed(chunk: StoredChunk) -> IndexedChunk:
    return IndexedChunk(chunk, vector_of(chunk.text), encode_document(chunk.text))


def corpus() -> list[IndexedChunk]:
    return [indexed(stored(f"p{n}", text, document_id=f"d{n // 4}")) for n, text in enumerate(PASSAGES)]


async def fill(index: VectorIndex, *chunks: StoredChunk) -> None:
    await index.upsert(COLLECTION, [indexed(chunk) for chunk in chunks])


async def found(
    index: VectorIndex, visibility: Visibility = EVERYONE, *, text: str = "quick fox", **options: object
) -> set[str]:
    """The ids that both legs find; they must be the same, so a leg that forgets a filter is caught."""
    dense = await index.dense(COLLECTION, vector_of(text), visibility, 100, **options)  # type: ignore[arg-type]
    sparse = await index.sparse(COLLECTION, encode_query(text), visibility, 100, **options)  # type: ignore[arg-type]
    assert ids_of(dense) == ids_of(sparse)
    return ids_of(dense)


def ids_of(hits: Sequence[Hit]) -> set[str]:
    ids = [hit.chunk.chunk_id for hit in hits]
    assert len(ids) == len(set(ids))
    return set(ids)


async def found_by_either(index: VectorIndex) -> set[str]:
    dense = await index.dense(COLLECTION, vector_of("quick fox"), EVERYONE, 100)
    sparse = await index.sparse(COLLECTION, encode_query("quick fox"), EVERYONE, 100)
    return ids_of(dense) & ids_of(sparse)


def agree(hits: Sequence[Hit], exact: Sequence[Hit]) -> None:
    """The same scores in order, and the same chunks but for those of equal score at the cut."""
    assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in exact], abs=2e-3)
    last = exact[-1].score if exact else 0.0
    clear = {hit.chunk.chunk_id for hit in exact if hit.score > last + 4e-3}
    assert clear <= ids_of(hits)
