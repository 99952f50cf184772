"""The steps of a strategy: what each does with candidates, and by which names and numbers it is called."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI

from ragstone_clients.retrieval import RetrievalClient
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_index import InMemoryVectorIndex
from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.query import Query
from ragstone_retrieval.search import Searcher
from ragstone_retrieval.steps.diverse import Diverse
from ragstone_retrieval.steps.mmr import MarginalRelevance
from ragstone_retrieval.steps.recent import Recent
from ragstone_retrieval.stopwatch import Stopwatch

from .conftest import PASSAGES, Ingestion, Models, caller, indexed

TODAY = date(2026, 11, 23)


@pytest.fixture
async def query(app: FastAPI) -> Query:
    searcher: Searcher = app.state.searcher
    return await searcher.resolve(caller(), SearchRequest(query="harbour", collection="c1"), Stopwatch())


def candidate(name: str, score: float, text: str = "", **changes: Any) -> Candidate:
    return Candidate(indexed(name, text or name, **changes).chunk, score)


def ids(candidates: Sequence[Candidate]) -> list[str]:
    return [one.chunk.chunk_id for one in candidates]


async def search(retrieval: RetrievalClient, strategy: str, **fields: Any) -> SearchResponse:
    fields = {"query": "when is high water in the harbour", "collection": "c1", "strategy": strategy} | fields
    return await retrieval.search(caller(), SearchRequest.model_validate(fields))


# names and numbers


@pytest.mark.requirement("RET-2")
async def test_steps_follow_one_another_as_the_strategy_names_them(retrieval: RetrievalClient) -> None:
    response = await search(retrieval, "hybrid+rerank:4+late:4+mmr:0.5+recent:90+diverse:1")
    assert response.strategy == "hybrid+rerank:4+late:4+mmr:0.5+recent:90+diverse:1"
    assert response.results[0].text == PASSAGES["tides"]
    assert response.results[0].stages.keys() == {"dense", "sparse", "fusion", "rerank", "late", "mmr", "recent"}


@pytest.mark.parametrize(
    "step", ["mmr:1.5", "mmr:-0.1", "mmr:nan", "diverse:0", "diverse:1.5", "rerank:0", "late:1e9", "recent:0"]
)
async def test_a_number_that_a_step_does_not_take_is_refused(retrieval: RetrievalClient, step: str) -> None:
    with pytest.raises(RagstoneError) as caught:
        await search(retrieval, f"hybrid+{step}")
    assert (caught.value.status, caught.value.code) == (422, "invalid_step_number")
    assert caught.value.extra["step"] == step.partition(":")[0]


@pytest.mark.parametrize("strategy", ["hybrid+psychic", "hybrid+mmr:many", "hybrid+", "mmr"])
async def test_a_step_there_is_not_is_refused(retrieval: RetrievalClient, strategy: str) -> None:
    with pytest.raises(RagstoneError) as caught:
        await search(retrieval, strategy)
    assert (caught.value.status, caught.value.code) == (422, "unknown_strategy")


# diverse


@pytest.mark.requirement("RET-2")
async def test_diverse_leaves_the_best_of_each_document(query: Query) -> None:
    found = [candidate(f"{document}{place}", 1.0, document_id=document) for place in (1, 2, 3) for document in "ab"]
    assert ids(await Diverse().run(query, found, 2)) == ["a1", "b1", "a2", "b2"]


async def test_a_document_of_many_hits_does_not_take_the_place_of_others(
    retrieval: RetrievalClient, index: InMemoryVectorIndex
) -> None:
    for number in range(80):
        text = f"High water in the harbour, high water, harbour: entry {number} of the log."
        await index.upsert("c1", [indexed(f"log {number}", text, document_id="log")])
    for leg in ("sparse", "dense", "hybrid"):
        found = (await search(retrieval, f"{leg}+diverse:1", limit=2)).results
        assert len({one.document_id for one in found}) == len(found) == 2


# recent


@pytest.mark.requirement("RET-2")
async def test_of_two_that_are_as_good_the_newer_comes_first(query: Query) -> None:
    found = [
        candidate("old", 0.9, metadata={"published": "2020-01-01"}),
        candidate("new", 0.9, metadata={"published": "2026-11-01"}),
        candidate("unknown", 0.9),
        candidate("revised", 0.9, metadata={"created": "2001-01-01", "modified": "2026-11-23T10:00:00Z"}),
        candidate("far off", 0.1),
    ]
    ranked = await Recent(lambda: TODAY).run(query, found, 180)
    assert ids(ranked) == ["revised", "new", "unknown", "old", "far off"]
    assert ranked[0].stages["recent"] == 1.0
    assert ranked[-1].score == 0.0


async def test_half_of_what_time_takes_is_gone_after_the_half_life(query: Query) -> None:
    found = [
        candidate("half", 1.0, metadata={"date": "2026-11-13"}),
        candidate("ahead", 1.0, metadata={"date": "2027"}),
        candidate("odd", 1.0, metadata={"published": ["2026-11-23"], "date": 2026}),
    ]
    ranked = await Recent(lambda: TODAY).run(query, found, 10)
    assert {one.chunk.chunk_id: one.score for one in ranked} == {"ahead": 1.0, "half": 0.75, "odd": 0.75}


async def test_a_much_better_one_comes_first_however_old(query: Query) -> None:
    found = [candidate("old", 1.0, metadata={"date": "1990"}), candidate("new", 0.4, metadata={"date": "2026-11-23"})]
    assert ids(await Recent(lambda: TODAY).run(query, [*found, candidate("none", 0.0)], 180))[0] == "old"


# mmr


@pytest.mark.requirement("RET-2")
async def test_mmr_puts_what_says_the_same_behind_what_says_something_else(query: Query) -> None:
    found = [
        candidate("first", 1.0, "The harbour opens at six in the morning for every ship."),
        candidate("same", 0.95, "The harbour opens at six in the morning for every ship, too."),
        candidate("other", 0.8, "Mooring fees are charged by the metre and the night."),
        candidate("least", 0.0, "Nothing."),
    ]
    ranked = await MarginalRelevance().run(query, found, 0.5)
    assert ids(ranked)[:2] == ["first", "other"]
    assert ranked[0].stages["mmr"] == pytest.approx(0.5)


async def test_mmr_of_one_is_the_order_there_was(query: Query) -> None:
    found = [candidate(str(place), 1.0 - place / 10, "all say the same") for place in range(5)]
    assert ids(await MarginalRelevance().run(query, found, 1.0)) == ids(found)


async def test_mmr_keeps_every_candidate_however_many(query: Query) -> None:
    found = [candidate(str(place), float(-place), "!" if place % 2 else "words") for place in range(250)]
    assert sorted(ids(await MarginalRelevance().run(query, found, 0.3))) == sorted(ids(found))
    assert await MarginalRelevance().run(query, [], 0.3) == []


# late interaction


@pytest.mark.requirement("RET-2")
async def test_late_interaction_asks_its_own_model_and_counts_beside_the_order_there_was(
    retrieval: RetrievalClient, models: Models
) -> None:
    response = await search(retrieval, "hybrid+late:3", query="mooring fees by the metre")
    assert models.reranked_by == "ragstone-late-interaction"
    assert len(models.reranked) == 3
    assert response.results[0].text == PASSAGES["fees"]
    assert [("late" in one.stages) for one in response.results] == [True, True, True, False]


async def test_without_its_model_late_interaction_is_left_out_and_the_answer_says_so(
    retrieval: RetrievalClient, models: Models
) -> None:
    before = await search(retrieval, "hybrid")
    models.away.add("/v1/rerank")
    response = await search(retrieval, "hybrid+late")
    assert [one.chunk_id for one in response.results] == [one.chunk_id for one in before.results]
    assert response.degraded == ["late"]


# several queries


@pytest.mark.requirement("RET-2")
async def test_a_question_of_several_parts_finds_what_each_part_asks_for(retrieval: RetrievalClient) -> None:
    question = "what do mooring fees cost and when are apple trees pruned?"
    response = await search(retrieval, "sparse+multi", query=question, limit=2)
    assert {one.text for one in response.results} == {PASSAGES["fees"], PASSAGES["apples"]}
    assert "multi" in response.timings
    assert all(one.score == one.stages["multi"] for one in response.results)


@pytest.mark.requirement("RET-2")
async def test_a_request_may_bring_its_own_queries(retrieval: RetrievalClient, models: Models) -> None:
    queries = ["cider", "apple trees", "mooring fees", "bell"]
    response = await search(retrieval, "sparse", query="harbour", queries=queries)
    assert response.strategy == "sparse+multi"
    assert {one.text for one in response.results} == set(PASSAGES.values())
    assert response.results[0].text == PASSAGES["tides"]
    again = await search(retrieval, "hybrid+multi:1+rerank", query="harbour", queries=queries)
    assert again.strategy == "hybrid+multi:1+rerank"
    assert {one.body["input"][0] for one in models.embedder.received} == {"harbour", *queries}


async def test_a_question_that_has_no_other_form_is_asked_once(retrieval: RetrievalClient, models: Models) -> None:
    await search(retrieval, "hybrid+multi", query="harbour")
    assert len(models.embedder.received) == 1


async def test_the_same_passage_found_by_several_queries_comes_once(retrieval: RetrievalClient) -> None:
    found = (await search(retrieval, "hybrid+multi", queries=["harbour water", "water high"])).results
    assert len({one.chunk_id for one in found}) == len(found) == len(PASSAGES)


# neighbours

LOG = "One: the zebra sleeps.\n\nTwo: rain.\n\nThree: the gate opens.\n\nFour: a ship.\n\nFive: night."


async def a_log(index: InMemoryVectorIndex, ingestion: Ingestion, **changes: Any) -> None:
    ingestion.texts["log"] = LOG
    for position, text in enumerate(LOG.split("\n\n")):
        start = LOG.index(text)
        place = {"document_id": "log", "start": start, "end": start + len(text), "position": position}
        await index.upsert("c1", [indexed(f"log {position}", text, **place | changes)])


@pytest.mark.requirement("RET-2")
async def test_neighbours_come_with_a_chunk_as_one_passage_of_the_document(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await a_log(index, ingestion)
    for number, (first, last) in {1: ("Two", "a ship."), 9: ("One", "night.")}.items():
        [found] = (await search(retrieval, f"sparse+neighbours:{number}", query="gate")).results
        assert (found.chunk_id, found.text) == ("log 2", LOG[LOG.index(first) : LOG.index(last) + len(last)])
        assert LOG[found.start : found.end] == found.text


async def test_a_passage_ends_where_the_next_chunk_is_not_to_be_seen(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await a_log(index, ingestion)
    start = LOG.index("Two")
    place = {"document_id": "log", "start": start, "end": start + 9, "position": 1}
    await index.upsert("c1", [indexed("log 1", "Two: rain", acl=["user:bob"], **place)])
    [found] = (await search(retrieval, "sparse+neighbours:4", query="gate")).results
    assert found.text == LOG[LOG.index("Three") :]


async def test_results_that_grow_into_each_other_come_once(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await a_log(index, ingestion)
    found = (await search(retrieval, "sparse+neighbours:4", query="zebra gate ship")).results
    assert [one.text for one in found if one.document_id == "log"] == [LOG]


async def test_without_ingestion_chunks_stay_as_they_are_and_the_answer_says_so(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await a_log(index, ingestion)
    ingestion.texts.clear()
    response = await search(retrieval, "sparse+neighbours", query="gate")
    assert [one.text for one in response.results] == ["Three: the gate opens."]
    assert response.degraded == ["neighbours"]


async def test_a_chunk_of_which_nobody_knows_the_place_stays_alone(retrieval: RetrievalClient) -> None:
    response = await search(retrieval, "sparse+neighbours", query="mooring")
    assert [one.text for one in response.results] == [PASSAGES["fees"]]
    assert response.degraded == []
