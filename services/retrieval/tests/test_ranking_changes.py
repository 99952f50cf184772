"""Searches of the past, and what became of their results since."""

import pytest

from ragstone_clients.history import CollectionHistory
from ragstone_clients.retrieval import RetrievalClient
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.history import RankedResult, RankingDiff, RankingRequest
from ragstone_contracts.search import SearchRequest
from ragstone_index import InMemoryVectorIndex

from .conftest import PASSAGES, Ingestion, caller, indexed

QUESTION = "when is high water in the harbour"
NEW = "High water in the harbour is when the harbour water is high."


@pytest.fixture(autouse=True)
async def changed(index: InMemoryVectorIndex, ingestion: Ingestion) -> None:
    """At sequence 2 a text came that speaks of high water more, one went, and one has a new version with its words."""
    await index.upsert(
        "c1",
        [
            indexed("new", NEW, born=2),
            indexed("fees", PASSAGES["fees"], born=1, died=2),
            indexed("tides 2", PASSAGES["tides"], document_id="doc-tides", version=2, born=2),
            indexed("tides", PASSAGES["tides"], born=1, died=2),
            indexed("secret", NEW + " Ann knows.", born=2, acl=["user:zoe"]),
        ],
    )
    ingestion.states = {"then": 1, "2026-01-01T00:00:00Z": 1, "1": 1}


async def compared(retrieval: RetrievalClient, *queries: str, tenant: str = "acme") -> RankingDiff:
    asked = {"from": "then", "queries": list(queries), "strategy": "sparse"}
    history = CollectionHistory(retrieval, caller(tenant), "Harbour")
    return await history.compare_rankings(RankingRequest.model_validate(asked))


def texts(results: list[RankedResult]) -> dict[str, tuple[int | None, int | None]]:
    return {one.text: (one.before, one.after) for one in results}


@pytest.mark.requirement("RET-4")
@pytest.mark.parametrize("as_of", ["then", "2026-01-01T00:00:00Z", 1])
async def test_a_search_of_the_past_finds_what_was(retrieval: RetrievalClient, as_of: str | int) -> None:
    request = SearchRequest(query=QUESTION, collection="Harbour", strategy="sparse", as_of=as_of)
    found = await retrieval.search(caller(), request)
    assert found.results[0].chunk_id == "tides"
    assert "new" not in {one.chunk_id for one in found.results}
    assert found.sequences == {"c1": 1}


@pytest.mark.requirement("RET-4")
async def test_all_collections_are_searched_as_they_were(retrieval: RetrievalClient) -> None:
    request = SearchRequest(query=QUESTION, strategy="sparse", as_of="2026-01-01T00:00:00Z")
    assert (await retrieval.search(caller(), request)).sequences == {"c1": 1}


@pytest.mark.requirement("RET-4")
async def test_what_entered_left_and_moved_is_told_by_its_words_whatever_the_version(
    retrieval: RetrievalClient,
) -> None:
    diff = await compared(retrieval, QUESTION, "mooring fees", "apple trees")
    assert (diff.from_sequence, diff.to_sequence, diff.changed_queries) == (1, 3, 2)
    water, fees, apples = diff.queries
    assert texts(water.entered) == {NEW: (None, 1)}
    assert texts(water.moved)[PASSAGES["tides"]] == (1, 2)
    assert texts(fees.left)[PASSAGES["fees"]] == (1, None)
    assert (apples.entered, apples.left, apples.moved) == ([], [], [])
    assert apples.kept > 0


@pytest.mark.requirement("RET-4")
@pytest.mark.requirement("RET-3")
async def test_a_comparison_shows_nothing_that_the_caller_may_not_see(retrieval: RetrievalClient) -> None:
    assert "Ann knows" not in (await compared(retrieval, QUESTION)).model_dump_json()
    with pytest.raises(RagstoneError) as other:
        await compared(retrieval, QUESTION, tenant="other")
    assert other.value.status == 404


async def test_states_are_those_of_one_collection(retrieval: RetrievalClient) -> None:
    request = RankingRequest.model_validate({"from": "then", "queries": [QUESTION]})
    with pytest.raises(RagstoneError) as every:
        await CollectionHistory(retrieval, caller(), "*").compare_rankings(request)
    assert every.value.status == 422
