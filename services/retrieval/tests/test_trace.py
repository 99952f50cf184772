"""What a trace says of a search."""

from fastapi import FastAPI

from ragstone_contracts.search import SearchRequest
from ragstone_index import InMemoryVectorIndex
from ragstone_retrieval.search import Searcher
from ragstone_retrieval.stopwatch import Stopwatch
from ragstone_retrieval.trace import Trace

from .conftest import PASSAGES, caller, indexed

QUESTION = "when is high water in the harbour"


async def traced(app: FastAPI, **fields: object) -> Trace:
    searcher: Searcher = app.state.searcher
    trace = Trace()
    request = SearchRequest.model_validate({"query": QUESTION, "collection": "c1", **fields})
    await searcher.find(await searcher.resolve(caller(), request, Stopwatch(), trace))
    return trace


async def test_a_trace_holds_the_candidates_after_every_stage_in_order(app: FastAPI) -> None:
    trace = await traced(app, strategy="hybrid+rerank:3", limit=1)
    assert list(trace.stages) == ["dense", "sparse", "fusion", "passages", "rerank:3"]
    assert {name: stage[0].chunk.chunk_id for name, stage in trace.stages.items()} == dict.fromkeys(
        trace.stages, "tides"
    )
    assert len(trace.stages["passages"]) == len(PASSAGES)
    assert len(trace.stages["rerank:3"]) == 3


async def test_a_trace_says_which_chunk_stands_for_one_that_was_left_out(
    app: FastAPI, index: InMemoryVectorIndex
) -> None:
    await index.upsert("c1", [indexed("tides again", PASSAGES["tides"])])
    trace = await traced(app)
    [(left_out, stands)] = trace.stands_for.items()
    assert {left_out, stands} == {"tides", "tides again"}
    assert stands in {candidate.chunk.chunk_id for candidate in trace.stages["passages"]}


async def test_a_search_that_nobody_asks_about_takes_nothing_down(app: FastAPI) -> None:
    searcher: Searcher = app.state.searcher
    query = await searcher.resolve(caller(), SearchRequest(query=QUESTION, collection="c1"), Stopwatch())
    await searcher.find(query)
    assert query.trace is None
