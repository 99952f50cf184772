"""An exact index in memory: for tests, and the oracle the engines are held against."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from ragstone_index.errors import WrongDimension
from ragstone_index.filters import Where
from ragstone_index.matching import admits
from ragstone_index.port import (
    HeldVersion,
    Hit,
    HybridHits,
    IndexedChunk,
    Page,
    SparseVector,
    StoredChunk,
    Vector,
    Visibility,
    summarize,
)

_Chunks = dict[str, IndexedChunk]
_Terms = dict[int, float]


class InMemoryVectorIndex:
    """Compares a query with every visible chunk. Holds nothing beyond the life of the object."""

    def __init__(self) -> None:
        self._collections: dict[str, _Chunks] = {}

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        held = self._collections.get(collection, {})
        dimensions = {len(one.dense) for one in (*list(held.values())[:1], *chunks)}
        if len(dimensions) > 1:
            raise WrongDimension(f"vectors of {sorted(dimensions)} dimensions do not go together")
        self._collections.setdefault(collection, {}).update({one.chunk.chunk_id: one for one in chunks})

    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        held = self._collections.get(collection, {})
        seen = [one for one in held.values() if admits(visibility, where, one.chunk)]
        if held and len(next(iter(held.values())).dense) != len(vector):
            raise WrongDimension(f"the query has {len(vector)} dimensions")
        if not seen:
            return []
        scores = _unit(np.stack([one.dense for one in seen])) @ _unit(vector[np.newaxis])[0]
        return _best((Hit(one.chunk, float(score)) for one, score in zip(seen, scores, strict=True)), limit)

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        held = self._collections.get(collection, {}).values()
        documents = [(one.chunk, _terms(one.sparse)) for one in held if one.chunk.tenant == visibility.tenant]
        weights = _idf_weights(_terms(vector), [terms for _, terms in documents])
        hits = [
            Hit(chunk, sum(weight * terms.get(term, 0.0) for term, weight in weights.items()))
            for chunk, terms in documents
            if admits(visibility, where, chunk)
        ]
        return _best((hit for hit in hits if hit.score > 0), limit)

    async def hybrid(
        self,
        collection: str,
        vectors: tuple[Vector, SparseVector],
        visibility: Visibility,
        limit: int,
        where: Where | None = None,
    ) -> HybridHits:
        dense, sparse = vectors
        return HybridHits(
            await self.dense(collection, dense, visibility, limit, where),
            await self.sparse(collection, sparse, visibility, limit, where),
        )

    async def find(
        self, collection: str, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[StoredChunk]:
        return self._seen(collection, visibility, where)[:limit]

    async def count(self, collection: str, visibility: Visibility, where: Where | None = None) -> int:
        return len(self._seen(collection, visibility, where))

    def _seen(self, collection: str, visibility: Visibility, where: Where | None) -> list[StoredChunk]:
        held = self._collections.get(collection, {}).values()
        return [one.chunk for one in held if admits(visibility, where, one.chunk)]

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        held = self._collections.get(collection, {})
        for chunk_id, one in held.items():
            if one.chunk.document_id == document_id:
                held[chunk_id] = replace(one, chunk=replace(one.chunk, acl=list(acl)))

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        held = self._collections.get(collection, {})
        for chunk_id, one in held.items():
            if (one.chunk.document_id, one.chunk.version) == (document_id, version):
                life = (one.chunk.born if born is None else born, one.chunk.died if died is None else died)
                held[chunk_id] = replace(one, chunk=one.chunk.with_life(*life))

    async def delete(self, collection: str, document_id: str, version: int | None = None) -> None:
        of_it = _is_of(document_id, version)
        held = self._collections.get(collection, {})
        for chunk_id in [chunk_id for chunk_id, one in held.items() if of_it(one.chunk)]:
            del held[chunk_id]

    async def chunks(
        self, collection: str, document_id: str | None = None, version: int | None = None
    ) -> list[StoredChunk]:
        of_it = _is_of(document_id, version)
        return [one.chunk for one in self._collections.get(collection, {}).values() if of_it(one.chunk)]

    async def drop(self, collection: str) -> None:
        self._collections.pop(collection, None)

    async def collections(self) -> list[str]:
        return list(self._collections)

    async def page(self, collection: str, after: str | None = None, limit: int = 1000) -> Page:
        held = self._collections.get(collection, {})
        rest = sorted(chunk_id for chunk_id in held if after is None or chunk_id > after)
        chunks = [held[chunk_id].chunk for chunk_id in rest[:limit]]
        versions = frozenset((chunk.document_id, chunk.version) for chunk in chunks)
        return Page(versions, rest[limit - 1] if len(rest) > limit else None)

    async def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        wanted = set(document_ids)
        chunks = (one.chunk for one in self._collections.get(collection, {}).values())
        return summarize(
            (one.document_id, one.version, one.born, one.died) for one in chunks if one.document_id in wanted
        )

    async def ping(self) -> None:
        """Memory always answers."""

    async def close(self) -> None:
        self._collections.clear()


def _is_of(document_id: str | None, version: int | None) -> Callable[[StoredChunk], bool]:
    return lambda chunk: document_id in (None, chunk.document_id) and version in (None, chunk.version)


def _unit(vectors: Vector) -> Vector:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)


def _terms(vector: SparseVector) -> _Terms:
    return dict(zip(vector.indices, vector.values, strict=True))


def _idf_weights(query: _Terms, documents: Sequence[_Terms]) -> _Terms:
    """Each query term's weight times its idf over all the tenant's chunks, seen or not."""

    def idf(term: int) -> float:
        frequency = sum(term in document for document in documents)
        return math.log(1 + (len(documents) - frequency + 0.5) / (frequency + 0.5))

    return {term: weight * idf(term) for term, weight in query.items()}


def _best(hits: Iterable[Hit], limit: int) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.chunk.chunk_id))[:limit]


def open_memory(_: str, __: str | None) -> InMemoryVectorIndex:
    """For ``memory:``; a new, empty index each time."""
    return InMemoryVectorIndex()
