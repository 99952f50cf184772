"""A search from request to response."""

from collections.abc import Mapping
from dataclasses import dataclass

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.search import ALL_COLLECTIONS, SearchRequest, SearchResponse
from ragstone_kit.identity import Caller
from ragstone_retrieval.candidates import as_passages
from ragstone_retrieval.filters import parse_filters
from ragstone_retrieval.legs import Legs
from ragstone_retrieval.query import Query
from ragstone_retrieval.rerank import RERANK
from ragstone_retrieval.step import Step
from ragstone_retrieval.stopwatch import Stopwatch
from ragstone_retrieval.strategies import Strategy, parse_strategy


@dataclass(frozen=True)
class Searcher:
    """``strategy`` is for requests and collections that name none."""

    ingestion: IngestionClient
    legs: Legs
    steps: Mapping[str, Step]
    strategy: str

    async def search(self, caller: Caller, request: SearchRequest) -> SearchResponse:
        """Raises NotFound for a collection the caller may not see, InvalidFilter, and Unavailable without an index.

        A hybrid search whose embedder is away goes on without its dense leg and a reranking whose model is away is
        left out; ``degraded`` says so. A dense search needs its embedder and raises what that answered.
        """
        watch = Stopwatch()
        with watch.stage("total"):
            query = await self._resolve(caller, request, watch)
            found = list(as_passages(await self.legs.candidates(query)))
            for call in query.strategy.calls:
                found = await self.steps[call.step].run(query, found, call.number)
        return SearchResponse(
            results=[candidate.on_the_wire() for candidate in found[: request.limit]],
            strategy=str(query.strategy),
            degraded=query.degraded,
            sequences={collection.id: collection.sequence for collection in query.collections},
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
        wanted = parse_strategy(request.strategy or own or self.strategy, self.steps)
        return wanted.then(RERANK) if request.rerank else wanted
