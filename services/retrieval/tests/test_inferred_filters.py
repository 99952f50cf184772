"""Inferred filters in a search through the client: reports that say nothing of whose they are and of when."""

from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import Collection, CollectionSettings
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.search import InferredFilter, SearchRequest, SearchResponse
from ragstone_index import InMemoryVectorIndex
from ragstone_kit.transport import AsgiTransport
from ragstone_retrieval.app import create_app
from ragstone_retrieval.settings import RetrievalSettings

from .conftest import Ingestion, Models, caller, indexed

COMPANIES, YEARS = ("Acme", "Globex", "Initech"), (2020, 2021, 2022)
QUESTION = "What was the revenue of Globex in 2021?"


def metadata(company: str, year: int) -> dict[str, Any]:
    return {"organisation": f"{company} Inc.", "organisation_key": company.lower(), "fiscal_year": year}


def name(company: str, year: int) -> str:
    return f"{company}-{year}"


@pytest.fixture(autouse=True)
async def _reports(index: InMemoryVectorIndex, ingestion: Ingestion) -> None:
    known = [metadata(company, year) for company in COMPANIES for year in YEARS]
    texts = [f"Revenue was {place} million." for place, _ in enumerate(known)]
    chunks = [
        indexed(name(company, year), texts[place], metadata=known[place])
        for place, (company, year) in enumerate((company, year) for company in COMPANIES for year in YEARS)
    ]
    ingestion.collections = [collection("r1", "Reports")]
    await index.upsert("r1", chunks)
    ingestion.metadata["r1"] = known


def collection(id: str, called: str, **settings: Any) -> Collection:
    own = CollectionSettings(**settings)
    return Collection(id=id, name=called, acl=["*"], settings=own, documents=9, sequence=3, created_at=0)


async def search(retrieval: RetrievalClient, query: str = QUESTION, **fields: Any) -> SearchResponse:
    return await retrieval.search(caller(), SearchRequest.model_validate({"query": query, "collection": "r1"} | fields))


def ids(response: SearchResponse) -> list[str]:
    return [result.chunk_id for result in response.results]


def fates(response: SearchResponse) -> dict[str, str]:
    return {one.field: one.applied for one in response.inferred}


@pytest.mark.requirement("RET-3")
async def test_what_the_question_names_is_what_is_searched(retrieval: RetrievalClient) -> None:
    response = await search(retrieval)
    assert ids(response) == ["Globex-2021"]
    assert response.inferred_filters == {"organisation_key": ["globex"], "fiscal_year": [2021]}
    assert response.inferred == [
        InferredFilter(field="organisation_key", values=["globex"], quote="Globex", applied="filter"),
        InferredFilter(field="fiscal_year", values=[2021], quote="2021", applied="filter"),
    ]


@pytest.mark.requirement("RET-3")
async def test_several_values_of_a_field_are_alternatives_and_several_fields_are_not(
    retrieval: RetrievalClient,
) -> None:
    response = await search(retrieval, "revenue of Acme Inc. and Globex between 2020 and 2021")
    assert set(ids(response)) == {"Acme-2020", "Acme-2021", "Globex-2020", "Globex-2021"}


@pytest.mark.requirement("RET-3")
async def test_it_is_off_when_the_request_the_collection_or_the_deployment_says_so(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion, models: Models
) -> None:
    def without(response: SearchResponse) -> bool:
        return not response.inferred and not response.inferred_filters and len(response.results) == 9

    assert without(await search(retrieval, infer_filters=False))
    ingestion.collections = [collection("r1", "Reports", infer_filters=False)]
    assert without(await search(retrieval))
    assert (await search(retrieval, infer_filters=True)).inferred
    ingestion.collections = [collection("r1", "Reports")]
    own = RetrievalSettings(internal_secret=ingestion.settings.internal_secret, infer_filters=False)
    app = create_app(
        own,
        index=index,
        ingestion=IngestionClient(AsgiTransport(ingestion.app())),
        router=RouterClient(AsgiTransport(models)),
    )
    assert without(await search(RetrievalClient(AsgiTransport(app))))
    assert (await search(RetrievalClient(AsgiTransport(app)), infer_filters=True)).inferred


@pytest.mark.requirement("RET-3")
async def test_the_requests_own_filter_on_a_field_wins(retrieval: RetrievalClient) -> None:
    response = await search(retrieval, filters={"fiscal_year": {"gte": 2022}})
    assert ids(response) == ["Globex-2022"]
    assert fates(response) == {"organisation_key": "filter"}
    response = await search(
        retrieval, filters={"$or": [{"organisation": "Acme Inc."}, {"organisation": "Initech Inc."}]}
    )
    assert set(ids(response)) == {"Acme-2021", "Initech-2021"}


@pytest.mark.requirement("RET-3")
async def test_filters_that_leave_nothing_are_dropped_the_least_certain_first(
    retrieval: RetrievalClient, index: InMemoryVectorIndex
) -> None:
    await index.delete("r1", "doc-Globex-2021")
    response = await search(retrieval)
    assert set(ids(response)) == {"Globex-2020", "Globex-2022"}
    assert fates(response) == {"organisation_key": "filter", "fiscal_year": "dropped"}
    assert response.inferred_filters == {"organisation_key": ["globex"]}


@pytest.mark.requirement("RET-3")
async def test_filters_that_the_requests_own_leave_no_room_for_are_dropped(retrieval: RetrievalClient) -> None:
    response = await search(retrieval, filters={"document_id": "doc-Acme-2020"})
    assert ids(response) == ["Acme-2020"]
    assert fates(response) == {"organisation_key": "dropped", "fiscal_year": "dropped"}


@pytest.mark.requirement("RET-3")
async def test_filters_that_hide_what_is_clearly_better_are_dropped(
    retrieval: RetrievalClient, index: InMemoryVectorIndex
) -> None:
    memo = "Why did the revenue of Globex fall in 2021? What was the revenue of Globex in 2021?"
    await index.upsert("r1", [indexed("memo", memo)])
    response = await search(retrieval, limit=5)
    assert ids(response)[0] == "memo"
    assert set(fates(response).values()) == {"dropped"}
    assert response.inferred_filters == {}


@pytest.mark.requirement("RET-3")
async def test_what_may_be_meant_comes_first_and_hides_nothing(retrieval: RetrievalClient) -> None:
    response = await search(retrieval, "revenue according to globex")
    assert fates(response) == {"organisation_key": "boost"}
    assert {one.split("-")[0] for one in ids(response)[:3]} == {"Globex"}
    assert len(response.results) == 9
    assert response.results[0].score == response.results[0].stages["boost"]
    assert response.inferred_filters == {}


@pytest.mark.requirement("RET-3")
async def test_each_collection_is_narrowed_by_its_own_values(
    retrieval: RetrievalClient, index: InMemoryVectorIndex, ingestion: Ingestion
) -> None:
    ingestion.collections.append(collection("r2", "Wiki"))
    await index.upsert("r2", [indexed("wiki", "Revenue is what comes in.")])
    ingestion.metadata["r2"] = [{"filename": "wiki.txt"}]
    response = await search(retrieval, collection="*")
    assert set(ids(response)) == {"Globex-2021", "wiki"}
    assert fates(response) == {"organisation_key": "filter", "fiscal_year": "filter"}


async def test_without_the_fields_a_search_goes_on_without_inferred_filters(
    retrieval: RetrievalClient, ingestion: Ingestion
) -> None:
    del ingestion.metadata["r1"]
    response = await search(retrieval)
    assert len(response.results) == 9
    assert response.inferred == []
    assert ids(await search(retrieval, filters={"fiscal_year": 2020, "organisation_key": "acme"})) == ["Acme-2020"]


@pytest.mark.requirement("RET-1")
async def test_fields_are_asked_for_once_for_a_caller_and_a_state_of_the_collection(
    retrieval: RetrievalClient, ingestion: Ingestion, index: InMemoryVectorIndex
) -> None:
    await search(retrieval)
    ingestion.metadata["r1"] = [{"organisation": "Globex Inc."}]
    assert ids(await search(retrieval)) == ["Globex-2021"]
    other = SearchRequest(query=QUESTION, collection="r1")
    assert fates(await retrieval.search(caller(user="bob"), other)).keys() == {"organisation"}
    for change in ({"sequence": 4}, {"access_changes": 1}):
        ingestion.collections = [collection("r1", "Reports").model_copy(update=change)]
        assert fates(await search(retrieval)).keys() == {"organisation"}


@pytest.mark.requirement("RET-2")
async def test_an_unknown_field_is_a_mistake_in_one_collection_that_has_documents(
    retrieval: RetrievalClient, ingestion: Ingestion
) -> None:
    with pytest.raises(RagstoneError, match="did you mean 'fiscal_year'") as raised:
        await search(retrieval, filters={"fiscalyear": 2021})
    assert (raised.value.status, raised.value.code) == (422, "unknown_field")
    assert ids(await search(retrieval, filters={"fiscalyear": 2021}, collection="*")) == []
    ingestion.collections, ingestion.metadata["r1"] = (
        [collection("r1", "Reports").model_copy(update={"sequence": 9})],
        [],
    )
    assert ids(await search(retrieval, filters={"fiscalyear": 2021})) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["$or", "$not", "gte", "a"]), inner),
    max_leaves=6,
)


@pytest.mark.requirement("RET-2")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(filters=st.dictionaries(st.sampled_from(["$or", "$and", "$not", "fiscal_year", "title", "nope"]), _JSON))
async def test_no_filter_breaks_a_search(app: FastAPI, filters: dict[str, Any]) -> None:
    refused: tuple[int, str] | None = None
    try:
        await search(RetrievalClient(AsgiTransport(app)), filters=filters)
    except RagstoneError as error:
        refused = (error.status, error.code)
    assert refused in [None, (422, "invalid_filter"), (422, "unknown_field")]
