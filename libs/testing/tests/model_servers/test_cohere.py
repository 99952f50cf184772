"""Cohere's server, held to its own client where that is installed (make test-providers)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ragstone_testing.model_servers.cohere import CohereServer
from ragstone_testing.model_servers.wire import Call, Fault, Reply

cohere = pytest.importorskip("cohere")
ASKED: list[Any] = [{"role": "user", "content": "Say it."}]


@pytest.fixture(scope="module")
def server() -> CohereServer:
    return CohereServer()


@pytest.fixture(scope="module")
def client(server: CohereServer) -> Iterator[Any]:
    with server.listening() as url:
        yield cohere.ClientV2(api_key=server.key, base_url=url)


def test_the_client_reads_an_answer(client: Any, server: CohereServer) -> None:
    said = client.chat(model=server.model, messages=ASKED)
    assert said.message.content[0].text == "Hello from the script."
    assert (said.usage.billed_units.input_tokens, said.usage.cached_tokens) == (16, 5)


def test_the_client_reads_a_stream(client: Any, server: CohereServer) -> None:
    server.replies.append(Reply(calls=(Call("t1", "weather", {"place": "Oslo"}),), finish="tools"))
    events = list(client.chat_stream(model=server.model, messages=ASKED))
    texts = [one.delta.message.content.text for one in events if one.type == "content-delta"]
    assert "".join(texts) == "Hello from the script."
    calls = [one.delta.message.tool_calls.function.arguments for one in events if one.type == "tool-call-delta"]
    assert "".join(calls) == '{"place":"Oslo"}'
    assert events[-1].delta.finish_reason == "TOOL_CALL"
    assert events[-1].delta.usage.billed_units.output_tokens == 4


def test_the_client_raises_the_errors_of_the_service(client: Any, server: CohereServer) -> None:
    server.replies.append(Fault(400, "not so"))
    with pytest.raises(cohere.BadRequestError, match="not so"):
        client.chat(model=server.model, messages=ASKED)


def test_the_client_reads_a_reranking(client: Any, server: CohereServer) -> None:
    said = client.rerank(model=server.model, query="red", documents=["a green hat", "a red hat"], top_n=1)
    assert [one.index for one in said.results] == [1]
