"""Searches through the client, with the index, fusion and identity check real."""

from typing import Any

import pytest
from fastapi import FastAPI

from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_index import NEVER, InMemoryVectorIndex, Parent, VectorIndex
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_retrieval.app import create_app
from ragstone_retrieval.settings import RetrievalSettings

from .conftest import PASSAGES, Ingestion, Models, caller, indexed

QUESTION = "when is high water in the harbour"


async def search(retrieval: RetrievalClient, query: str = QUESTION, **fields: Any) -> SearchResponse:
    return await retrieval.search(caller(), SearchRequest(query=query, collection="Harbour", **fields))


def ids(response: SearchResponse) -> list[str]:
    return [result.chunk_id for result in response.results]


async def problem_of(retrieval: RetrievalClient, **fields: Any) -> RagstoneError:
    with pytest.raises(RagstoneError) as caught:
        await search(retrieval, **fields)
    return caught.value


# strategies


@pytest.mark.requirement("RET-2")
async def test_a_hybrid_search_is_the_default_and_shows_what_each_stage_gave(retrieval: RetrievalClient) -> None:
    response = await search(retrieval)
    assert response.strategy == "hybrid"
    best = response.results[0]
    assert best.text == PASSAGES["tides"]
    assert best.stages.keys() == {"dense", "sparse", "fusion"}
    assert best.score == best.stages["fusion"]
    assert response.degraded == []
    assert response.timings.keys() == {"collection", "embed", "hybrid", "fusion", "total"}
    assert all(seconds >= 0 for seconds in response.timings.values())


async def test_a_result_says_where_it_stands(retrieval: RetrievalClient, index: InMemoryVectorIndex) -> None:
    where = {"document_id": "d9", "version": 4, "title": "Guide", "start": 100, "end": 120, "page": 3}
    await index.upsert(
        "c1", [indexed("x", "zebra crossing", **where, context="Animal | Legs", metadata={"year": 2020})]
    )
    [result] = (await search(retrieval, "zebra", strategy="sparse")).results
    assert result.model_dump(exclude={"score", "stages"}) == {
        "chunk_id": "x", "text": "zebra crossing", "context": "Animal | Legs", "metadata": {"year": 2020}, **where
    }  # fmt: skip


@pytest.mark.requirement("RET-2")
async def test_a_sparse_search_embeds_nothing(retrieval: RetrievalClient, models: Models) -> None:
    response = await search(retrieval, strategy="sparse")
    assert ids(response)[0] == "tides"
    assert response.results[0].stages.keys() == {"sparse"}
    assert models.embedder.received == []


@pytest.mark.requirement("RET-2")
async def test_a_dense_search_orders_by_similarity(retrieval: RetrievalClient) -> None:
    response = await search(retrieval, PASSAGES["cider"], strategy="dense")
    assert ids(response)[0] == "cider"
    assert response.results[0].score == pytest.approx(1, abs=1e-3)
    assert response.results[0].stages == {"dense": response.results[0].score}


async def test_the_collections_strategy_comes_before_the_deployments(
    retrieval: RetrievalClient, ingestion: Ingestion
) -> None:
    ingestion.collections[0].settings = CollectionSettings(strategy="sparse")
    assert (await search(retrieval)).strategy == "sparse"
    assert (await search(retrieval, strategy="dense")).strategy == "dense"


async def test_the_collections_embedder_embeds_the_query(
    retrieval: RetrievalClient, ingestion: Ingestion, models: Models
) -> None:
    ingestion.collections[0].settings = CollectionSettings(embedder="another-embedder")
    await search(retrieval)
    assert models.embedder.received[0].body["model"] == "another-embedder"


@pytest.mark.requirement("RET-2")
async def test_weights_tilt_the_fusion(index: InMemoryVectorIndex, ingestion: Ingestion, models: Models) -> None:
    settings = RetrievalSettings(internal_secret=ingestion.settings.internal_secret, dense_weight=0.0)
    tilted = RetrievalClient(AsgiTransport(_app(settings, index, ingestion, models)))
    matching = {result.chunk_id for result in (await search(tilted, strategy="sparse")).results}
    fused = ids(await search(tilted))
    assert set(fused[: len(matching)]) == matching


@pytest.mark.requirement("RET-2")
async def test_rrf_is_plain_reciprocal_rank_fusion(retrieval: RetrievalClient) -> None:
    best = (await search(retrieval, strategy="rrf")).results[0]
    assert best.chunk_id == "tides"
    assert best.score == best.stages["fusion"] == pytest.approx(2 / 61)


async def test_no_more_results_than_asked_for(retrieval: RetrievalClient) -> None:
    assert len((await search(retrieval, limit=2)).results) == 2
    assert len((await search(retrieval, limit=200)).results) == len(PASSAGES)


async def test_the_same_text_filed_twice_comes_once(retrieval: RetrievalClient, index: InMemoryVectorIndex) -> None:
    await index.upsert("c1", [indexed("copy", PASSAGES["tides"].replace(" ", "\n"))])
    texts = [" ".join(result.text.split()) for result in (await search(retrieval)).results]
    assert texts.count(PASSAGES["tides"]) == 1


async def test_copies_do_not_crowd_out_what_else_there_is(
    retrieval: RetrievalClient, index: InMemoryVectorIndex
) -> None:
    copies = [indexed(f"copy {number}", "High water, high water in the harbour.") for number in range(300)]
    await index.upsert("c1", copies)
    for strategy in ("dense", "sparse", "hybrid"):
        found = ids(await search(retrieval, "high water in the harbour", strategy=strategy, limit=2))
        assert len(found) == 2
        assert "tides" in found


@pytest.mark.requirement("RET-2", "ING-9")
async def test_a_parent_comes_in_place_of_its_children_and_once(
    retrieval: RetrievalClient, index: InMemoryVectorIndex
) -> None:
    canonical = "Heading. A zebra crossing. A zebra gate. The end."
    parent = Parent(9, 40, canonical[9:40], page=2)
    children = [("crossing", 9, 26), ("gate", 27, 40)]
    for name, start, end in children:
        child = indexed(name, canonical[start:end], start=start, end=end, page=3, document_id="d", parent=parent)
        await index.upsert("c1", [child])
    for strategy in ("dense", "sparse", "hybrid"):
        found = (await search(retrieval, "zebra gate", strategy=strategy)).results
        [result] = [one for one in found if one.document_id == "d"]
        assert (result.chunk_id, result.start, result.end, result.page) == ("gate", 9, 40, 2)
        assert result.text == canonical[9:40]


async def test_what_was_found_within_a_better_passage_adds_nothing(
    retrieval: RetrievalClient, index: InMemoryVectorIndex
) -> None:
    sentences = ["The zebra gate opens.", "A zebra is late.", "Then rain.", "The zebra sleeps."]
    text, starts = " ".join(sentences), [0, 22, 39, 50]
    windows = [(0, 38), (0, 49), (22, 67), (39, 67)]
    for number, (sentence, start, (low, high)) in enumerate(zip(sentences, starts, windows, strict=True)):
        parent = Parent(low, high, text[low:high])
        place = {"start": start, "end": start + len(sentence), "document_id": "d"}
        await index.upsert("c1", [indexed(str(number), sentence, **place, parent=parent)])
    found = (await search(retrieval, "zebra gate", strategy="sparse")).results
    assert [(one.chunk_id, one.text) for one in found] == [("0", text[0:38]), ("3", text[39:67])]


async def test_an_empty_collection_has_no_results(retrieval: RetrievalClient, index: InMemoryVectorIndex) -> None:
    await index.drop("c1")
    for strategy in ("dense", "sparse", "hybrid"):
        assert (await search(retrieval, strategy=strategy, rerank=True)).results == []


async def test_all_collections_the_caller_sees_are_searched_as_one(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    second = ingestion.collections[0].model_copy(update={"id": "c2", "name": "Orchard"})
    ingestion.collections.append(second)
    await index.upsert("c2", [indexed("bell", "The bell rings at high water in the harbour.")])
    for strategy in ("dense", "sparse", "hybrid"):
        everywhere = SearchRequest(query=QUESTION, collection="*", strategy=strategy, limit=2)
        assert set(ids(await retrieval.search(caller(), everywhere))) == {"bell", "tides"}
        assert ids(await retrieval.search(caller(tenant="other"), everywhere)) == []


# permissions


@pytest.mark.requirement("RET-1")
async def test_only_what_the_caller_may_see_is_found(retrieval: RetrievalClient, index: InMemoryVectorIndex) -> None:
    text = PASSAGES["tides"]
    await index.upsert(
        "c1",
        [
            indexed("hers", text + " 1", acl=["user:ann"]),
            indexed("staff", text + " 2", acl=["group:staff"]),
            indexed("theirs", text + " 3", tenant="globex"),
        ],
    )
    request = SearchRequest(query=QUESTION, collection="c1", limit=100)
    for strategy in ("dense", "sparse", "hybrid"):
        wanted = request.model_copy(update={"strategy": strategy})
        found = {
            who: set(ids(await retrieval.search(caller(user=who, groups=groups), wanted)))
            for who, groups in (("ann", []), ("bob", []), ("cid", ["staff"]))
        }
        assert found["ann"] - found["bob"] == {"hers"}
        assert found["cid"] - found["bob"] == {"staff"}
        assert found["bob"].isdisjoint({"hers", "staff", "theirs"})


@pytest.mark.requirement("RET-1")
async def test_another_tenants_collection_is_answered_as_an_unknown_one(retrieval: RetrievalClient) -> None:
    problems = []
    for who, collection in ((caller("globex"), "c1"), (caller(), "nowhere")):
        with pytest.raises(RagstoneError) as caught:
            await retrieval.search(who, SearchRequest(query="x", collection=collection))
        problems.append((caught.value.status, caught.value.code, caught.value.detail, caught.value.extra.keys()))
    assert problems[0] == problems[1]
    assert problems[0][:2] == (404, "not_found")


async def test_a_search_sees_the_collection_as_of_its_sequence(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    await index.upsert("c1", [indexed("new", "high water is at seven now", version=2, document_id="doc-tides")])
    await index.set_life("c1", "doc-tides", 2, born=4)
    await index.set_life("c1", "doc-tides", 1, died=4)
    await index.upsert("c1", [indexed("unborn", "high water never", born=NEVER)])
    assert {"tides"} == {"tides", "new", "unborn"} & set(ids(await search(retrieval)))
    ingestion.collections[0].sequence = 4
    assert {"new"} == {"tides", "new", "unborn"} & set(ids(await search(retrieval)))


async def test_without_an_identity_there_is_no_search(app: FastAPI) -> None:
    async with AsgiTransport(app).send(Request("POST", "/v1/search", body=b"{}")) as response:
        assert response.status == 401


# filters


@pytest.mark.requirement("RET-2")
async def test_filters_narrow_both_legs(retrieval: RetrievalClient, index: InMemoryVectorIndex) -> None:
    for year in (2020, 2021):
        await index.upsert("c1", [indexed(f"report {year}", f"harbour report {year}", metadata={"year": year})])
    assert ids(await search(retrieval, filters={"year": 2021})) == ["report 2021"]
    assert set(ids(await search(retrieval, filters={"year": [2020, 2021]}))) == {"report 2020", "report 2021"}
    assert ids(await search(retrieval, filters={"year": "2021"})) == []


async def test_a_filter_of_unknown_shape_is_refused(retrieval: RetrievalClient) -> None:
    problem = await problem_of(retrieval, filters={"year": {"about": 2020}})
    assert (problem.status, problem.code) == (422, "invalid_filter")


# bad requests


async def test_an_unknown_strategy_is_refused(retrieval: RetrievalClient, ingestion: Ingestion, app: FastAPI) -> None:
    body = b'{"query": "x", "collection": "c1", "strategy": "psychic"}'
    headers = {"authorization": f"Bearer {caller().token}", "content-type": "application/json"}
    async with AsgiTransport(app).send(Request("POST", "/v1/search", headers, body)) as response:
        assert response.status == 422
    ingestion.collections[0].settings = CollectionSettings(strategy="psychic")
    problem = await problem_of(retrieval)
    assert (problem.status, problem.code) == (422, "unknown_strategy")


async def test_a_blank_query_is_refused(retrieval: RetrievalClient) -> None:
    assert (await problem_of(retrieval, query=" \n ")).status == 422
    assert (await problem_of(retrieval, queries=["harbour", " "])).status == 422


# what is away


async def test_without_its_embedder_a_hybrid_search_goes_on_sparse_and_says_so(
    retrieval: RetrievalClient, models: Models
) -> None:
    models.away.add("/v1/embeddings")
    response = await search(retrieval)
    assert ids(response)[0] == "tides"
    assert response.degraded == ["dense"]
    assert response.results[0].stages.keys() == {"sparse", "fusion"}


async def test_without_its_embedder_a_dense_search_is_unavailable(retrieval: RetrievalClient, models: Models) -> None:
    models.away.add("/v1/embeddings")
    problem = await problem_of(retrieval, strategy="dense")
    assert (problem.status, problem.code) == (503, "unavailable")


async def test_a_query_embedded_by_the_wrong_model_is_an_error_and_not_a_degradation(
    retrieval: RetrievalClient, models: Models
) -> None:
    models.embedder.dimensions = 8
    assert (await problem_of(retrieval)).code == "wrong_dimension"


async def test_the_reranker_reads_the_context_too(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, models: Models
) -> None:
    await index.upsert("c1", [indexed("row", "zebra | 4", context="Animal | Legs")])
    await search(retrieval, "zebra", strategy="sparse", rerank=True)
    assert models.reranked == ["Animal | Legs\nzebra | 4"]


@pytest.mark.requirement("RET-2")
async def test_reranking_reorders_by_the_rerankers_score(retrieval: RetrievalClient) -> None:
    response = await search(retrieval, "mooring fees by the metre", rerank=True)
    scores = [result.score for result in response.results]
    assert scores == sorted(scores, reverse=True)
    assert ids(response)[0] == "fees"
    assert response.results[0].stages.keys() >= {"fusion", "rerank"}
    assert "rerank" in response.timings


async def test_only_the_best_candidates_are_reread(
    index: InMemoryVectorIndex, ingestion: Ingestion, models: Models
) -> None:
    settings = RetrievalSettings(internal_secret=ingestion.settings.internal_secret, rerank_candidates=2)
    frugal = RetrievalClient(AsgiTransport(_app(settings, index, ingestion, models)))
    assert len((await search(frugal, limit=1, rerank=True)).results) == 1
    assert len(models.reranked) == 2
    assert len((await search(frugal, limit=3, rerank=True)).results) == 3
    assert len(models.reranked) == 3


async def test_without_its_reranker_the_order_stays_and_the_answer_says_so(
    retrieval: RetrievalClient, models: Models
) -> None:
    fused = await search(retrieval)
    models.away.add("/v1/rerank")
    response = await search(retrieval, rerank=True)
    assert ids(response) == ids(fused)
    assert response.degraded == ["rerank"]


async def test_it_is_ready_when_the_index_and_ingestion_are(retrieval: RetrievalClient) -> None:
    await retrieval.ready()


async def test_a_shared_index_outlives_the_service(app: FastAPI, index: InMemoryVectorIndex) -> None:
    async with app.router.lifespan_context(app):
        pass
    assert await index.chunks("c1")


def _app(settings: RetrievalSettings, index: VectorIndex, ingestion: Ingestion, models: Models) -> FastAPI:
    clients = IngestionClient(AsgiTransport(ingestion.app())), RouterClient(AsgiTransport(models))
    return create_app(settings, index=index, ingestion=clients[0], router=clients[1])
