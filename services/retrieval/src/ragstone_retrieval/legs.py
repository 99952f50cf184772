"""The legs of a search: dense, sparse, and both fused."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import RagstoneError
from ragstone_index import Hit, HybridHits, VectorIndex, encode_query
from ragstone_index.port import Vector
from ragstone_kit.logs import get_logger
from ragstone_retrieval.candidates import Candidate, from_hits
from ragstone_retrieval.errors import is_outage
from ragstone_retrieval.fusion import FUSION, by_rank, stand_out
from ragstone_retrieval.query import Query
from ragstone_retrieval.settings import RetrievalSettings

DENSE, SPARSE, HYBRID, RRF = "dense", "sparse", "hybrid", "rrf"
_log = get_logger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Found:
    """Candidates, best first; ``complete`` when a higher limit would bring no more."""

    candidates: list[Candidate]
    complete: bool


@dataclass(frozen=True)
class Legs:
    settings: RetrievalSettings
    index: VectorIndex
    router: RouterClient

    def least(self, query: Query) -> int:
        """How many chunks each leg brings at first."""
        return max(self.settings.candidates, query.request.limit)

    async def find(self, query: Query, limit: int) -> Found:
        """What the query's strategy finds with up to ``limit`` chunks of each leg."""
        by_strategy = {DENSE: self._dense, SPARSE: self._sparse, HYBRID: self._hybrid, RRF: self._hybrid}
        return await by_strategy[query.strategy.leg](query, limit)

    async def _dense(self, query: Query, limit: int) -> Found:
        vectors = await self._embedded(query)

        def nearest(collection: Collection) -> Awaitable[list[Hit]]:
            vector, visibility = vectors[self._model(collection)], query.visibility_in(collection)
            return self.index.dense(collection.index_id, vector, visibility, limit, query.where_in(collection))

        with query.watch.stage(DENSE):
            found = await _in_all(query, nearest)
        return self._alone(query, DENSE, _best(found, limit), limit)

    async def _sparse(self, query: Query, limit: int) -> Found:
        terms = encode_query(query.text)

        def best(collection: Collection) -> Awaitable[list[Hit]]:
            return self.index.sparse(
                collection.index_id, terms, query.visibility_in(collection), limit, query.where_in(collection)
            )

        with query.watch.stage(SPARSE):
            found = await _in_all(query, best)
        return self._alone(query, SPARSE, _best(found, limit), limit)

    def _alone(self, query: Query, leg: str, hits: list[Hit], limit: int) -> Found:
        candidates = from_hits(leg, hits)
        query.note(leg, candidates)
        return Found(candidates, complete=len(hits) < limit)

    async def _hybrid(self, query: Query, limit: int) -> Found:
        """Both legs in one request; without an embedder the sparse one alone."""
        vectors = await self._embedded_if_possible(query)
        if vectors is None:
            only = await self._sparse(query, limit)
            return Found(self._fused(query, {DENSE: [], SPARSE: only.candidates}), only.complete)
        dense, sparse = await self._both(query, vectors, limit)
        legs = {DENSE: from_hits(DENSE, dense), SPARSE: from_hits(SPARSE, sparse)}
        for name, candidates in legs.items():
            query.note(name, candidates)
        return Found(self._fused(query, legs), complete=max(len(dense), len(sparse)) < limit)

    async def _both(self, query: Query, vectors: Mapping[str, Vector], limit: int) -> tuple[list[Hit], list[Hit]]:
        terms = encode_query(query.text)

        def both(collection: Collection) -> Awaitable[HybridHits]:
            asked = vectors[self._model(collection)], terms
            return self.index.hybrid(
                collection.index_id, asked, query.visibility_in(collection), limit, query.where_in(collection)
            )

        with query.watch.stage(HYBRID):
            found = await _in_all(query, both)
        return _best((one.dense for one in found), limit), _best((one.sparse for one in found), limit)

    def _fused(self, query: Query, legs: Mapping[str, list[Candidate]]) -> list[Candidate]:
        with query.watch.stage(FUSION):
            fused = self.fuse(query, legs)
        query.note(FUSION, fused)
        return fused

    def fuse(self, query: Query, legs: Mapping[str, list[Candidate]]) -> list[Candidate]:
        """As the query's strategy fuses."""
        if query.strategy.leg == RRF:
            return by_rank(legs, self.settings.rrf_k)
        return stand_out(legs, {DENSE: self.settings.dense_weight, SPARSE: self.settings.sparse_weight})

    async def _embedded(self, query: Query) -> Mapping[str, Vector]:
        """The query's vector by each model that the collections' chunks were embedded with."""
        models = {self._model(collection) for collection in query.collections} - query.vectors.keys()
        if models:
            with query.watch.stage("embed"):
                for model in models:
                    query.vectors[model] = (await self.router.embed(query.caller, [query.text], model))[0]
        return query.vectors

    async def _embedded_if_possible(self, query: Query) -> Mapping[str, Vector] | None:
        try:
            return await self._embedded(query)
        except RagstoneError as error:
            if not is_outage(error):
                raise
            _log.warning("search without its dense leg", code=error.code, detail=error.detail)
            query.degrade(DENSE)
            return None

    def _model(self, collection: Collection) -> str:
        return collection.settings.embedder or self.settings.embedder


async def _in_all(query: Query, search: Callable[[Collection], Awaitable[Answer]]) -> list[Answer]:
    return await asyncio.gather(*(search(collection) for collection in query.collections))


def _best(found: Iterable[list[Hit]], limit: int) -> list[Hit]:
    """What one leg found in every collection, best first."""
    return sorted(chain.from_iterable(found), key=lambda hit: -hit.score)[:limit]
