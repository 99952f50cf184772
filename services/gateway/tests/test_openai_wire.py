import httpx
import httpx2
import openai
import pytest
from fastapi import FastAPI

from ragstone_contracts.chat import Citation, DoneEvent, TokenEvent
from ragstone_contracts.identity import Identity

from .conftest import ANSWER, Behind

CITATION = Citation(
    sentence=(0, 14), document_id="d", version=2, title="Rocks", start=5, end=19, quote="Stone is hard.", match="exact"
)


@pytest.fixture
def official(gateway: FastAPI, client: httpx.AsyncClient, behind: Behind) -> openai.AsyncOpenAI:
    behind.events[-1] = DoneEvent(answer=ANSWER.model_copy(update={"citations": [CITATION]}))
    key = client.headers["authorization"].removeprefix("Bearer ")
    inside = httpx2.AsyncClient(transport=httpx2.ASGITransport(gateway))
    return openai.AsyncOpenAI(api_key=key, base_url="http://localhost:8080/v1", http_client=inside)


async def test_the_official_client_gets_an_answer_with_its_citations(official: openai.AsyncOpenAI) -> None:
    completion = await official.chat.completions.create(
        model="ragstone:rocks", messages=[{"role": "user", "content": "Is stone hard?"}]
    )
    message = completion.choices[0].message
    assert message.content == "Stone is hard."
    assert message.annotations
    assert message.annotations[0].url_citation.title == "Rocks"
    assert message.annotations[0].model_extra
    assert message.annotations[0].model_extra["ragstone"]["quote"] == "Stone is hard."


async def test_the_official_client_gets_a_stream(official: openai.AsyncOpenAI, behind: Behind) -> None:
    stream = await official.chat.completions.create(
        model="ragstone",
        messages=[{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Is stone hard?"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Stone is hard."
    assert chunks[-1].usage is not None
    assert behind.questions[0].collection == "*"


async def test_a_broken_answer_reaches_the_official_client_as_an_error(
    official: openai.AsyncOpenAI, behind: Behind
) -> None:
    behind.events = [TokenEvent(text="Stone")]
    stream = await official.chat.completions.create(
        model="ragstone", messages=[{"role": "user", "content": "?"}], stream=True
    )
    with pytest.raises(openai.APIError, match="broke off"):
        _ = [chunk async for chunk in stream]


async def test_the_models_are_the_documents_and_those_of_the_router(official: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in official.models.list()] == ["ragstone", "ragstone-writer"]


async def test_a_conversation_without_a_question_is_refused(client: httpx.AsyncClient) -> None:
    body = {"model": "ragstone", "messages": [{"role": "assistant", "content": "Hello"}]}
    response = await client.post("/v1/chat/completions", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_an_identity_names_its_principals() -> None:
    assert Identity(tenant="t", user="u", groups=["g"]).principals == ["*", "user:u", "group:g"]
