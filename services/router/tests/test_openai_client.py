"""The official client, unchanged, against the router on a real port."""

from collections.abc import Callable, Iterator

import openai
import pytest
from fastapi import FastAPI

from ragstone_contracts.models import EMBEDDER, EXTRACTIVE, WRITER
from ragstone_kit.identity import Caller
from ragstone_testing.scripted_models import listening

pytestmark = pytest.mark.requirement("RTR-1")


@pytest.fixture
def client(make_app: Callable[..., FastAPI], writer_url: str, caller: Caller) -> Iterator[openai.OpenAI]:
    with (
        listening(make_app(writer=writer_url)) as url,
        openai.OpenAI(base_url=f"{url}/v1", api_key=caller.token, max_retries=0) as client,
    ):
        yield client


def test_a_chat_is_answered_whole(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=WRITER, messages=[{"role": "user", "content": "Say it."}])

    assert answer.choices[0].message.content == "Well written. [1]"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 4


def test_a_chat_is_streamed_word_by_word(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model=WRITER,
        messages=[{"role": "user", "content": "Say it."}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)

    words = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert words == ["Well", " written", ".", " [1]"]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 4


def test_texts_are_embedded(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model=EMBEDDER, input=["one text", "another"])

    assert [len(item.embedding) for item in answer.data] == [384, 384]


def test_the_models_are_listed(client: openai.OpenAI) -> None:
    assert {EMBEDDER, EXTRACTIVE, WRITER, "big-writer"} <= {card.id for card in client.models.list()}


def test_the_writers_own_name_is_routable(client: openai.OpenAI) -> None:
    answer = client.chat.completions.with_raw_response.create(
        model="big-writer", messages=[{"role": "user", "content": "Say it."}]
    )

    assert answer.headers["x-ragstone-model"] == "big-writer"


def test_an_unknown_model_is_an_error_the_client_understands(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="no-such", messages=[{"role": "user", "content": "Say it."}])

    assert caught.value.code == "unknown_model"
    assert "no-such" in str(caught.value)


def test_a_body_without_messages_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.chat.completions.create(model=WRITER, messages=[])

    assert caught.value.code == "invalid_request"


def test_a_caller_without_a_valid_token_is_turned_away(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="made up").models.list()
