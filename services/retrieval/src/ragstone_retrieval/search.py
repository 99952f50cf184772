"""A search from request to response."""

from collections.abc import Mapping
from dataclasses import dataclass

from ragstone_clients.ingestion import IngestionClient
from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.search import ALL_COLLECTIONS, SearchRequest, SearchResponse
from ragstone_kit.identity import Caller
from ragstone_retrieval.candidates import Candidate, as_passages
from ragstone_retrieval.filters import parse_filters
from ragstone_retrieval.inferring import Inference
from ragstone_retrieval.legs import Legs
from ragstone_retrieval.query import Query
from ragstone_retrieval.step import Step
from ragstone_retrieval.steps import DIVERSE, MULTI, RERANK, at_most
from ragstone_retrieval.stopwatch import Stopwatch
from ragstone_retrieval.strategies import Strategy, parse_strategy
from ragstone_retrieval.trace import Trace

_WIDER, _WIDENINGS = 4, 3
"""A search that finds copies only fetches 4 times as many candidates, 3 times at most: 3,200 of each leg."""


@dataclass(frozen=True)
class Searcher:
    """``strategy`` is for requests and collections that name none."""

    ingestion: IngestionClient
    legs: Legs
    steps: Mapping[str, Step]
    strategy: str
    inference: Inference

    async def search(self, caller: Caller, request: SearchRequest) -> SearchResponse:
        """Raises NotFound for a collection the caller may not see, InvalidFilter, UnknownField and Unavailable.

        A hybrid search whose embedder is away goes on without its dense leg and a reranking whose model is away is
        left out; ``degraded`` says so. A dense search needs its embedder and raises what that answered.
        """
        watch = Stopwatch()
        with watch.stage("total"):
            query = await self.resolve(caller, request, watch)
            found = await self.find(query)
        return SearchResponse(
            results=[candidate.on_the_wire() for candidate in found],
            inferred_filters=query.inferred_filters(),
            inferred=query.inferred,
            strategy=str(query.strategy),
            degraded=query.degraded,
            sequences={collection.id: collection.sequence for collection in query.collections},
            timings=watch.timings,
        )

    async def resolve(
        self, caller: Caller, request: SearchRequest, watch: Stopwatch, trace: Trace | None = None
    ) -> Query:
        """The request with everything it names looked up; ``trace`` takes down what :meth:`find` does with it."""
        if not all(text.strip() for text in (request.query, *(request.queries or ()))):
            raise InvalidRequest("a query is blank")
        with watch.stage("collection"):
            collections = await self._collections(caller, request)
            known = await self.inference.known(caller, request, collections)
        where, strategy = parse_filters(request.filters, known), self._strategy(request, collections)
        return Query(caller, request, collections, strategy, where, watch, trace=trace, known=known)

    async def find(self, query: Query) -> list[Candidate]:
        """The candidates that are the results, best first."""
        found = await self.inference.passages(query, self._passages)
        for call in query.strategy.calls:
            step = self.steps[call.step]
            found = await step.run(query, found, step.numbers.usual if call.number is None else call.number)
            query.note(str(call), found)
        return found[: query.request.limit]

    async def _passages(self, query: Query) -> list[Candidate]:
        """Distinct passages, as many as are asked for where there are so many: more are fetched in place of copies."""
        passages: list[Candidate] = []
        for widening in range(_WIDENINGS + 1):
            found = await self.legs.find(query, self.legs.least(query) * _WIDER**widening)
            passages = as_passages(found.candidates, query.trace.stands_for if query.trace else None)
            if found.complete or self._count(query, passages) >= query.request.limit:
                break
        query.note("passages", passages)
        return passages

    def _count(self, query: Query, passages: list[Candidate]) -> int:
        """How many of the passages the steps will leave."""
        for call in query.strategy.calls:
            if call.step == DIVERSE:
                passages = at_most(passages, int(call.number or self.steps[DIVERSE].numbers.usual))
        return len(passages)

    async def _collections(self, caller: Caller, request: SearchRequest) -> list[Collection]:
        """Each with the sequence to search it at: what it is now, or what it was."""
        as_of = None if request.as_of is None else str(request.as_of)
        if request.collection == ALL_COLLECTIONS:
            return (await self.ingestion.list_collections(caller, as_of=as_of)).collections
        return [await self.ingestion.get_collection(caller, request.collection, as_of=as_of)]

    def _strategy(self, request: SearchRequest, collections: list[Collection]) -> Strategy:
        """The request's, else that of the collection if it is only one, else the default."""
        own = collections[0].settings.strategy if len(collections) == 1 else None
        wanted = parse_strategy(request.strategy or own or self.strategy, self.steps)
        wanted = wanted.after(MULTI) if request.queries else wanted
        return wanted.then(RERANK) if request.rerank else wanted
