"""Documents that a search misses for a known reason, and what is said of each; the whole of retrieval is real."""

from typing import Any

import pytest

from ragstone_clients.retrieval import RetrievalClient
from ragstone_contracts.documents import Document, DocumentError, DocumentState
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import SearchRequest
from ragstone_contracts.why_not import WhyNot, WhyNotRequest
from ragstone_index import NEVER, InMemoryVectorIndex, Parent

from .conftest import PASSAGES, Ingestion, Models, caller, indexed

QUESTION = "when is high water in the harbour"


def document(name: str, **changes: Any) -> Document:
    """The record of a document whose chunk is called ``name``, ready unless ``changes`` say otherwise."""
    known: dict[str, Any] = {
        "document_id": f"doc-{name}",
        "collection": "Harbour",
        "collection_id": "c1",
        "title": name.title(),
        "media_type": "text/plain",
        "size": 1,
        "version": 1,
        "active_version": 1,
        "state": DocumentState.READY,
        "progress": 1,
        "acl": ["*"],
        "created_at": 0,
        "updated_at": 0,
    }
    return Document.model_validate(known | changes)


@pytest.fixture(autouse=True)
def _records(ingestion: Ingestion) -> None:
    ingestion.documents.extend(document(name) for name in PASSAGES)


async def why_not(retrieval: RetrievalClient, name: str, **fields: Any) -> WhyNot:
    known = {"query": QUESTION, "collection": "Harbour", "document_id": f"doc-{name}"}
    return await retrieval.why_not(caller(), WhyNotRequest.model_validate(known | fields))


async def is_found(retrieval: RetrievalClient, name: str, **fields: Any) -> bool:
    request = SearchRequest.model_validate({"query": QUESTION, "collection": "Harbour", **fields})
    return f"doc-{name}" in {one.document_id for one in (await retrieval.search(caller(), request)).results}


@pytest.mark.requirement("RET-5")
async def test_what_is_found_is_said_to_be_found_with_its_rank_at_every_stage(retrieval: RetrievalClient) -> None:
    said = await why_not(retrieval, "tides", strategy="hybrid+rerank")
    assert (said.reason, said.rank) == ("retrieved", 1)
    assert [stage.stage for stage in said.stages] == ["dense", "sparse", "fusion", "passages", "rerank"]
    assert all((stage.rank, stage.passed, stage.chunk_id) == (1, True, "tides") for stage in said.stages)
    assert all(stage.score is not None and stage.kept > 0 for stage in said.stages)
    assert said.sequences == {"c1": 3}


# the planted cases


@pytest.mark.requirement("RET-5")
async def test_a_filter_that_hides_it_is_named_with_what_the_document_has(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    told = {"year": 2020, "section": ["Tides", "Spring"]}
    await index.upsert("c1", [indexed("report", PASSAGES["tides"] + " So it was.", metadata=told)])
    ingestion.documents.append(document("report"))
    filters = {"section": "Tides", "$and": [{"year": {"gte": 2021}}, {"$not": {"title": "Fees"}}]}
    assert not await is_found(retrieval, "report", filters=filters)
    said = await why_not(retrieval, "report", filters=filters)
    assert said.reason == "filter"
    assert [(one.condition, one.met) for one in said.conditions] == [
        ({"section": "Tides"}, True),
        ({"year": {"gte": 2021}}, False),
        ({"$not": {"title": "Fees"}}, True),
    ]
    assert said.conditions[1].values == {"year": [2020]}
    assert "2020" in said.detail
    assert said.stages == []


@pytest.mark.requirement("RET-5")
async def test_a_copy_is_named_with_the_chunk_that_comes_in_its_stead(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await index.upsert("c1", [indexed("copy", PASSAGES["tides"].replace(" ", "\n"))])
    ingestion.documents.append(document("copy"))
    shown, hidden = ("tides", "copy") if await is_found(retrieval, "tides") else ("copy", "tides")
    said = await why_not(retrieval, hidden)
    assert (said.reason, said.of) == ("duplicate", shown)
    assert shown.title() in said.detail
    ranks = {stage.stage: stage.rank for stage in said.stages}
    assert ranks["fusion"] == 2
    assert ranks["passages"] is None


@pytest.mark.requirement("RET-5")
@pytest.mark.parametrize("strategy", ["dense", "sparse", "hybrid"])
async def test_a_document_beyond_what_the_legs_bring_is_told_its_exact_rank(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion, strategy: str
) -> None:
    better = [indexed(f"b{number}", f"high water in the harbour when {number}") for number in range(120)]
    await index.upsert("c1", [*better, indexed("far", "apples water " + "pears plums quinces medlars cherries " * 8)])
    ingestion.documents.append(document("far"))
    assert not await is_found(retrieval, "far", strategy=strategy)
    said = await why_not(retrieval, "far", strategy=strategy)
    assert said.reason == "beyond_candidates"
    legs = [stage for stage in said.stages if stage.stage in ("dense", "sparse")]
    for stage in legs:
        found = await retrieval.search(caller(), _all(stage.stage))
        assert stage.rank == [one.chunk_id for one in found.results].index("far") + 1
        assert stage.rank > stage.kept == 50
        assert not stage.passed
        assert stage.score is not None
        assert stage.least is not None
        assert stage.score < stage.least
        assert f"{stage.stage} rank {stage.rank}" in said.detail


def _all(strategy: str) -> SearchRequest:
    return SearchRequest(query=QUESTION, collection="Harbour", strategy=strategy, limit=200)


@pytest.mark.requirement("RET-5")
async def test_a_step_that_removes_it_is_named(retrieval: RetrievalClient) -> None:
    asked = {"strategy": "hybrid+rerank:1", "limit": 1, "query": "mooring fees"}
    said = await why_not(retrieval, "tides", **asked)
    assert said.reason == "rerank"
    assert said.stages[-1].stage == "rerank:1"
    assert (said.stages[-1].kept, said.stages[-1].rank) == (1, None)
    assert said.stages[-2].rank is not None


@pytest.mark.requirement("RET-5")
async def test_a_version_that_came_later_was_not_visible_then(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    text = PASSAGES["tides"] + " New."
    of_it = {"document_id": "doc-new"}
    await index.upsert("c1", [indexed("old", text + " 1", **of_it, died=2), indexed("new", text, **of_it, version=2)])
    await index.set_life("c1", "doc-new", 2, born=2)
    ingestion.documents.append(document("new", version=2, active_version=2))
    ingestion.states["before"] = 1
    said = await why_not(retrieval, "new", as_of="before", chunk_id="new")
    assert said.reason == "not_visible_then"
    assert said.detail == "the search was at sequence 1; version 2 answers from 2 on"
    assert said.sequences == {"c1": 1}
    said = await why_not(retrieval, "new", chunk_id="old")
    assert said.reason == "not_visible_then"
    assert said.detail == "the search was at sequence 3; version 1 answered from 1 until 2"
    assert (await why_not(retrieval, "new", as_of="before")).reason == "retrieved"


@pytest.mark.requirement("RET-5")
async def test_a_document_that_was_never_indexed_is_told_with_its_state_and_error(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    failed = {"active_version": None, "state": DocumentState.REJECTED}
    error = DocumentError(code="locked", detail="it needs a password")
    ingestion.documents.append(document("locked", **failed, error=error))
    said = await why_not(retrieval, "locked")
    assert said.reason == "not_ready"
    assert "rejected: locked: it needs a password" in said.detail
    await index.upsert("c1", [indexed("half", PASSAGES["tides"], born=NEVER)])
    ingestion.documents.append(document("half", active_version=None, state=DocumentState.RUNNING))
    assert (await why_not(retrieval, "half")).reason == "not_ready"
    ingestion.documents.append(document("lost"))
    assert "the index has nothing of it" in (await why_not(retrieval, "lost")).detail


# the other reasons


@pytest.mark.requirement("RET-5")
async def test_a_document_of_another_collection_is_told_where_it_is(
    retrieval: RetrievalClient, ingestion: Ingestion
) -> None:
    orchard = ingestion.collections[0].model_copy(update={"id": "c2", "name": "Orchard"})
    ingestion.collections.append(orchard)
    said = await why_not(retrieval, "tides", collection="Orchard")
    assert said.reason == "other_collection"
    assert "'Harbour'" in said.detail
    assert (await why_not(retrieval, "tides", collection="*")).reason == "retrieved"


@pytest.mark.requirement("RET-5")
async def test_without_a_common_word_a_search_by_words_cannot_find_it(retrieval: RetrievalClient) -> None:
    said = await why_not(retrieval, "cider", strategy="sparse", query="harbour ships")
    assert said.reason == "no_common_term"
    assert said.stages[0].score is None


@pytest.mark.requirement("RET-5")
async def test_one_that_is_beyond_the_limit_is_told_its_rank_and_what_moved_it(retrieval: RetrievalClient) -> None:
    said = await why_not(retrieval, "cider", limit=1)
    assert said.reason == "beyond_limit"
    assert said.rank is not None
    assert said.rank > 1
    moved = await why_not(retrieval, "tides", query="harbour ships are by metre", limit=1, strategy="sparse+rerank:4")
    assert moved.reason == "beyond_limit"
    assert "it had rank 1 until the stage 'rerank:4'" in moved.detail


@pytest.mark.requirement("RET-5")
@pytest.mark.parametrize("limit", [1, 10])
async def test_a_filter_that_was_inferred_is_told_with_the_words_it_was_read_from(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion, limit: int
) -> None:
    metadata = [{"fiscal_year": 2021}, {"fiscal_year": 2022}]
    for told in metadata:
        name = f"report{told['fiscal_year']}"
        await index.upsert("c1", [indexed(name, f"The harbour report of the year: {name}", metadata=told)])
        ingestion.documents.append(document(name))
    ingestion.metadata["c1"] = [{"fiscal_year": 2020}] * 4 + metadata
    asked = {"query": "harbour report of fiscal year 2022", "limit": limit, "infer_filters": True}
    said = await why_not(retrieval, "report2021", **asked)
    assert said.reason == "inferred_filter"
    assert "2022" in said.detail
    assert [one.applied for one in said.inferred] == ["filter"]
    found = await why_not(retrieval, "report2022", **asked)
    assert (found.reason, found.rank) == ("retrieved", 1)
    assert {stage.kept for stage in found.stages} == {1}
    assert (await why_not(retrieval, "report2021", **asked | {"infer_filters": False})).reason != "inferred_filter"


async def test_a_change_of_access_on_its_way_is_told(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await index.upsert("c1", [indexed("granted", PASSAGES["tides"], acl=["user:bob"])])
    ingestion.documents.append(document("granted"))
    assert (await why_not(retrieval, "granted")).reason == "access_pending"


async def test_one_chunk_can_be_asked_for(retrieval: RetrievalClient, index: InMemoryVectorIndex) -> None:
    text = "The zebra gate. The zebra sleeps."
    parent = Parent(0, len(text), text)
    for name, start, end in (("gate", 0, 15), ("sleep", 16, 33)):
        place = {"document_id": "doc-tides", "start": start, "end": end}
        await index.upsert("c1", [indexed(name, text[start:end], **place, parent=parent)])
    asked = {"query": "zebra gate", "strategy": "sparse"}
    assert (await why_not(retrieval, "tides", **asked, chunk_id="gate")).reason == "retrieved"
    said = await why_not(retrieval, "tides", **asked, chunk_id="sleep")
    assert (said.reason, said.of) == ("duplicate", "gate")
    assert (await why_not(retrieval, "tides", **asked, chunk_id="tides")).reason == "no_common_term"
    with pytest.raises(RagstoneError) as caught:
        await why_not(retrieval, "tides", **asked, chunk_id="nothing")
    assert caught.value.status == 404


async def test_without_its_embedder_it_says_what_was_left_out(retrieval: RetrievalClient, models: Models) -> None:
    models.away.add("/v1/embeddings")
    said = await why_not(retrieval, "cider", query="harbour ships")
    assert (said.reason, said.degraded) == ("no_common_term", ["dense"])


# permissions


@pytest.mark.requirement("RET-1", "RET-5")
async def test_a_document_the_caller_may_not_see_is_answered_as_an_unknown_one(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await index.upsert("c1", [indexed("secret", PASSAGES["tides"] + " It is secret 1.", acl=["user:bob"])])
    ingestion.documents.append(document("secret", acl=["user:bob"]))
    problems = []
    for name in ("secret", "nobody"):
        with pytest.raises(RagstoneError) as caught:
            await why_not(retrieval, name)
        problem = caught.value
        problems.append((problem.status, problem.code, problem.detail.replace(name, ""), problem.extra.keys()))
    assert problems[0] == problems[1]
    assert problems[0][:2] == (404, "not_found")


@pytest.mark.requirement("RET-1", "RET-5")
async def test_what_the_caller_may_not_see_counts_in_no_rank(
    retrieval: RetrievalClient, index: InMemoryVectorIndex
) -> None:
    before = await why_not(retrieval, "cider", limit=1)
    hidden = [indexed(f"h{number}", f"{QUESTION} {number}", acl=["user:bob"]) for number in range(80)]
    await index.upsert("c1", hidden)
    after = await why_not(retrieval, "cider", limit=1)
    ranks = [[(stage.stage, stage.kept, stage.rank) for stage in said.stages] for said in (before, after)]
    assert ranks[0] == ranks[1]
