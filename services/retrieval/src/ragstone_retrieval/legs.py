"""The legs of a search: dense, sparse, and both fused."""

import asyncio
from dataclasses import dataclass

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_index import VectorIndex, encode_query
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
        return await by_strategy[query.strategy](query)

    async def dense(self, query: Query) -> list[Candidate]:
        model = query.collection.settings.embedder or self.settings.embedder
        with query.watch.stage("embed"):
            [vector] = await self.router.embed(query.caller, [query.text], model)
        with query.watch.stage(DENSE):
            hits = await self.index.dense(
                query.collection.id, vector, query.visibility, self._limit(query), query.where
            )
        return from_hits(DENSE, hits)

    async def sparse(self, query: Query) -> list[Candidate]:
        with query.watch.stage(SPARSE):
            terms = encode_query(query.text)
            hits = await self.index.sparse(
                query.collection.id, terms, query.visibility, self._limit(query), query.where
            )
        return from_hits(SPARSE, hits)

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
