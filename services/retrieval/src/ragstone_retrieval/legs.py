"""The legs of a search: dense, sparse, and both fused."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import chain

from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import RagstoneError
from ragstone_index import Hit, VectorIndex, encode_query
from ragstone_index.port import Vector
from ragstone_kit.logs import get_logger
from ragstone_retrieval.candidates import Candidate, from_hits
from ragstone_retrieval.errors import is_outage
from ragstone_retrieval.fusion import FUSION, fuse
from ragstone_retrieval.query import Query
from ragstone_retrieval.settings import RetrievalSettings

DENSE, SPARSE = "dense", "sparse"
_log = get_logger(__name__)


@dataclass(frozen=True)
class Legs:
    settings: RetrievalSettings
    index: VectorIndex
    router: RouterClient

    async def candidates(self, query: Query) -> list[Candidate]:
        """What the query's strategy finds, best first."""
        by_strategy = {"dense": self.dense, "sparse": self.sparse, "hybrid": self.hybrid}
        return await by_strategy[query.strategy.leg](query)

    async def dense(self, query: Query) -> list[Candidate]:
        with query.watch.stage("embed"):
            vectors = await self._embedded(query)

        def nearest(collection: Collection) -> Awaitable[list[Hit]]:
            vector, visibility = vectors[self._model(collection)], query.visibility_in(collection)
            return self.index.dense(collection.index_id, vector, visibility, self._limit(query), query.where)

        with query.watch.stage(DENSE):
            return from_hits(DENSE, await self._in_all(query, nearest))

    async def sparse(self, query: Query) -> list[Candidate]:
        terms = encode_query(query.text)

        def best(collection: Collection) -> Awaitable[list[Hit]]:
            visibility = query.visibility_in(collection)
            return self.index.sparse(collection.index_id, terms, visibility, self._limit(query), query.where)

        with query.watch.stage(SPARSE):
            return from_hits(SPARSE, await self._in_all(query, best))

    async def _embedded(self, query: Query) -> dict[str, Vector]:
        """The query's vector by each model that the collections' chunks were embedded with."""
        models = {self._model(collection) for collection in query.collections}
        return {model: (await self.router.embed(query.caller, [query.text], model))[0] for model in models}

    def _model(self, collection: Collection) -> str:
        return collection.settings.embedder or self.settings.embedder

    async def _in_all(self, query: Query, search: Callable[[Collection], Awaitable[list[Hit]]]) -> list[Hit]:
        """What one leg finds in every collection of the query, best first."""
        found = await asyncio.gather(*(search(collection) for collection in query.collections))
        return sorted(chain.from_iterable(found), key=lambda hit: -hit.score)[: self._limit(query)]

    async def hybrid(self, query: Query) -> list[Candidate]:
        """Both legs at once; without an embedder the sparse one alone."""
        dense, sparse = await asyncio.gather(self._dense_if_possible(query), self.sparse(query))
        weights = {DENSE: self.settings.dense_weight, SPARSE: self.settings.sparse_weight}
        with query.watch.stage(FUSION):
            return fuse({DENSE: dense, SPARSE: sparse}, weights, self.settings.rrf_k)

    async def _dense_if_possible(self, query: Query) -> list[Candidate]:
        try:
            return await self.dense(query)
        except RagstoneError as error:
            if not is_outage(error) or DENSE in query.watch.timings:  # the index itself failed
                raise
            _log.warning("search without its dense leg", code=error.code, detail=error.detail)
            query.degraded.append(DENSE)
            return []

    def _limit(self, query: Query) -> int:
        return max(self.settings.candidates, query.request.limit)
