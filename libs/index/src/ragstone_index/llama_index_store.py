"""Any llama-index vector store as a VectorIndex: the store holds the vectors, a catalog beside it all the rest.

Dense search asks the store, with tenant, access, life and as much of the condition as its language can say inside the
query. What comes back is held against the whole condition with what the catalog says at that moment, and more is asked
for until there are enough; scores are cosines computed here, for each store has a scale of its own. The sparse leg, the
filters on their own and all looking through are the catalog's, exact and the same for every store.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ragstone_contracts.errors import RagstoneError, Unavailable
from ragstone_index.catalog import Catalog
from ragstone_index.errors import WrongDimension
from ragstone_index.filters import Where
from ragstone_index.matching import admits
from ragstone_index.payload import point_id
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
)
from ragstone_index.stores.base import Engine, Store, name_of

_WIDER = 4
"""How many times more is asked for when too few of the hits may be seen."""
_BATCH = 256

Answer = TypeVar("Answer")


class LlamaIndexStore:
    """``engine`` opens the vectors of a collection; ``catalog`` keeps everything else.

    A chunk is written to the catalog first and removed from it last, so that no failure leaves a vector in the store
    that nobody knows of. Several processes may share a store when they share the catalog.
    """

    def __init__(self, engine: Engine, catalog: Catalog) -> None:
        self._engine, self._catalog = engine, catalog
        self._stores: dict[str, Store] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._opening = asyncio.Lock()

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        if not chunks:
            return
        dimensions = await self._catalog.dimensions(collection) or len(chunks[0].dense)
        for one in chunks:
            _check(one.dense, dimensions)
        async with self._turns[collection]:
            _check(chunks[0].dense, await self._catalog.add(collection, dimensions))
            await self._catalog.upsert(collection, chunks)
            await self._write(collection, [point_id(one.chunk.chunk_id) for one in chunks])

    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        if (dimensions := await self._catalog.dimensions(collection)) is None:
            return []
        _check(vector, dimensions)
        if not visibility.principals:
            return []
        store = await self._store(collection)
        asked, hits = limit, dict[str, Hit | None]()
        while True:
            points = await _in_thread(store.search, vector, asked, visibility, where)
            new = [point for point in points if point not in hits]
            hits |= dict.fromkeys(new)
            for point, chunk, held in await self._catalog.kept(collection, new):
                if admits(visibility, where, chunk):
                    hits[point] = Hit(chunk, _cosine(held, vector))
            found = [hit for hit in hits.values() if hit]
            if len(found) >= limit or len(points) < asked or asked >= store.most:
                return sorted(found, key=lambda hit: (-hit.score, hit.chunk.chunk_id))[:limit]
            asked = min(asked * _WIDER, store.most)

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        return await self._catalog.sparse(collection, vector, visibility, limit, where)

    async def hybrid(
        self,
        collection: str,
        vectors: tuple[Vector, SparseVector],
        visibility: Visibility,
        limit: int,
        where: Where | None = None,
    ) -> HybridHits:
        dense, sparse = await asyncio.gather(
            self.dense(collection, vectors[0], visibility, limit, where),
            self.sparse(collection, vectors[1], visibility, limit, where),
        )
        return HybridHits(dense, sparse)

    async def find(
        self, collection: str, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[StoredChunk]:
        return await self._catalog.find(collection, visibility, limit, where)

    async def count(self, collection: str, visibility: Visibility, where: Where | None = None) -> int:
        return await self._catalog.count(collection, visibility, where)

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        async with self._turns[collection]:
            await self._catalog.set_acl(collection, document_id, acl)
            await self._write(collection, await self._catalog.points(collection, document_id))

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        async with self._turns[collection]:
            await self._catalog.set_life(collection, document_id, version, born, died)
            await self._write(collection, await self._catalog.points(collection, document_id, version))

    async def delete(self, collection: str, document_id: str, version: int | None = None) -> None:
        async with self._turns[collection]:
            points = await self._catalog.points(collection, document_id, version)
            if points:
                store = await self._store(collection)
                for first in range(0, len(points), _BATCH):
                    await _in_thread(store.remove, points[first : first + _BATCH])
                await self._catalog.remove(collection, points)

    async def chunks(
        self, collection: str, document_id: str | None = None, version: int | None = None
    ) -> list[StoredChunk]:
        return await self._catalog.chunks(collection, document_id, version)

    async def drop(self, collection: str) -> None:
        async with self._turns[collection]:
            if await self._catalog.dimensions(collection) is not None:
                await _in_thread((await self._store(collection)).drop)
                await _in_thread(self._stores.pop(collection).close)
                await self._catalog.drop(collection)

    async def collections(self) -> list[str]:
        return await self._catalog.collections()

    async def page(self, collection: str, after: str | None = None, limit: int = 1000) -> Page:
        return await self._catalog.page(collection, after, limit)

    async def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        return await self._catalog.held(collection, document_ids)

    async def ping(self) -> None:
        """Returns when the catalog answers; a store says on its own whether it does only when it is searched."""
        await self._catalog.ping()

    async def close(self) -> None:
        while self._stores:
            await _in_thread(self._stores.popitem()[1].close)
        await self._catalog.close()

    async def _write(self, collection: str, points: Sequence[str]) -> None:
        """Bring the store up to what the catalog says of these chunks."""
        for first in range(0, len(points), _BATCH):
            kept = await self._catalog.kept(collection, points[first : first + _BATCH])
            await _in_thread((await self._store(collection)).write, kept)

    async def _store(self, collection: str) -> Store:
        async with self._opening:
            if collection not in self._stores:
                self._stores[collection] = await self._open(collection)
        return self._stores[collection]

    async def _open(self, collection: str) -> Store:
        dimensions = await self._catalog.dimensions(collection)
        assert dimensions is not None
        store = await _in_thread(self._engine, name_of(collection), dimensions)
        if not store.durable:
            points = await self._catalog.points(collection)
            for first in range(0, len(points), _BATCH):
                await _in_thread(store.write, await self._catalog.kept(collection, points[first : first + _BATCH]))
        return store


async def _in_thread(method: Callable[..., Answer], *arguments: Any) -> Answer:
    """What the method returns; whatever a vendor's client raises comes as Unavailable."""
    try:
        return await asyncio.to_thread(method, *arguments)
    except RagstoneError:
        raise
    except Exception as error:
        raise Unavailable(f"the vector store failed: {error}") from error


def _cosine(one: Vector, other: Vector) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / lengths if lengths else 0.0


def _check(vector: Vector, dimensions: int) -> None:
    if len(vector) != dimensions:
        raise WrongDimension(f"the collection holds {dimensions} dimensions, not {len(vector)}")
