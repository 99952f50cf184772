"""A search from request to response."""

from dataclasses import dataclass
from typing import get_args

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.search import ALL_COLLECTIONS, SearchRequest, SearchResponse, Strategy
from ragstone_kit.identity import Caller
from ragstone_retrieval.candidates import as_passages
from ragstone_retrieval.errors import UnknownStrategy
from ragstone_retrieval.filters import parse_filters
from ragstone_retrieval.legs import Legs
from ragstone_retrieval.query import Query
from ragstone_retrieval.rerank import Reranker
from ragstone_retrieval.stopwatch import Stopwatch

_STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)


@dataclass(frozen=True)
class Searcher:
    """``strategy`` is for requests and collections that name none."""

    ingestion: IngestionClient
    legs: Legs
    reranker: Reranker
    strategy: Strategy

    async def search(self, caller: Caller, request: SearchRequest) -> SearchResponse:
        """Raises NotFound for a collection the caller may not see, InvalidFilter, and Unavailable without an index.

        A hybrid search whose embedder is away goes on without its dense leg and a reranking whose model is away is
        left out; ``degraded`` says so. A dense search needs its embedder and raises what that answered.
        """
        watch = Stopwatch()
        with watch.stage("total"):
            query = await self._resolve(caller, request, watch)
            found = list(as_passages(await self.legs.candidates(query)))
            if request.rerank:
                found = await self.reranker.rerank(query, found)
        return SearchResponse(
            results=[candidate.on_the_wire() for candidate in found[: request.limit]],
            strategy=query.strategy,
            degraded=query.degraded,
            timings=watch.timings,
        )

    async def _resolve(self, caller: Caller, request: SearchRequest, watch: Stopwatch) -> Query:
        if not request.query.strip():
            raise InvalidRequest("the query is blank")
        where = parse_filters(request.filters)
        with watch.stage("collection"):
            collections = await self._collections(caller, request.collection)
        return Query(caller, request, collections, self._strategy(request, collections), where, watch)

    async def _collections(self, caller: Caller, name_or_id: str) -> list[Collection]:
        if name_or_id == ALL_COLLECTIONS:
            return (await self.ingestion.list_collections(caller)).collections
        return [await self.ingestion.get_collection(caller, name_or_id)]

    def _strategy(self, request: SearchRequest, collections: list[Collection]) -> Strategy:
        """The request's, else that of the collection if it is only one, else the default."""
        own = collections[0].settings.strategy if len(collections) == 1 else None
        wanted = request.strategy or own or self.strategy
        for known in _STRATEGIES:
            if wanted == known:
                return known
        raise UnknownStrategy(f"the collection asks for '{wanted}'; there are {', '.join(_STRATEGIES)}")
