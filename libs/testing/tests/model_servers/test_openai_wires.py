"""The servers of the OpenAI wire, held to the official client."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from ragstone_testing.model_servers.azure_openai import AzureOpenAIServer
from ragstone_testing.model_servers.bedrock_openai import BedrockOpenAIServer
from ragstone_testing.model_servers.cohere_openai import CohereOpenAIServer
from ragstone_testing.model_servers.deepseek import DeepSeekServer
from ragstone_testing.model_servers.fireworks import FireworksServer
from ragstone_testing.model_servers.gemini_openai import GeminiOpenAIServer, VertexOpenAIServer
from ragstone_testing.model_servers.groq import GroqServer
from ragstone_testing.model_servers.llama_cpp import LlamaCppServer
from ragstone_testing.model_servers.ollama import OllamaServer
from ragstone_testing.model_servers.openai import OpenAIServer
from ragstone_testing.model_servers.openrouter import OpenRouterServer
from ragstone_testing.model_servers.together import TogetherServer
from ragstone_testing.model_servers.vllm import VllmServer
from ragstone_testing.model_servers.wire import Call, Fault, Reply

SERVERS = [
    OpenAIServer,
    BedrockOpenAIServer,
    CohereOpenAIServer,
    DeepSeekServer,
    FireworksServer,
    GeminiOpenAIServer,
    GroqServer,
    LlamaCppServer,
    OllamaServer,
    OpenRouterServer,
    TogetherServer,
    VertexOpenAIServer,
    VllmServer,
]
ASKED: list[Any] = [{"role": "user", "content": "Say it."}]
CALLS = (Call("call_1", "weather", {"place": "Oslo"}), Call("call_2", "weather", {"place": "Rome"}))
TOOLS: list[Any] = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
Opened = tuple[OpenAIServer, openai.OpenAI]


@pytest.fixture(scope="module", params=SERVERS, ids=lambda server: server.__name__)
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    server: OpenAIServer = request.param()
    with (
        server.listening() as url,
        openai.OpenAI(base_url=url, api_key=server.key, max_retries=0, timeout=10) as client,
    ):
        yield server, client


@pytest.fixture(scope="module")
def vendor() -> Iterator[Opened]:
    server = OpenAIServer()
    with (
        server.listening() as url,
        openai.OpenAI(base_url=url, api_key=server.key, max_retries=0, timeout=10) as client,
    ):
        yield server, client


def test_the_client_reads_a_stream_to_its_end(opened: Opened) -> None:
    server, client = opened
    with client.chat.completions.stream(model=server.model, messages=ASKED) as stream:
        said = stream.get_final_completion()
    assert said.choices[0].message.content == "Hello from the script."


def test_the_client_reads_streamed_calls(opened: Opened) -> None:
    server, client = opened
    server.replies.append(Reply((), calls=CALLS, finish="tools"))
    with client.chat.completions.stream(model=server.model, messages=ASKED, tools=TOOLS) as stream:
        said = stream.get_final_completion()
    assert [one.id for one in said.choices[0].message.tool_calls or []] == ["call_1", "call_2"]
    assert said.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(("status", "error"), [(429, openai.RateLimitError), (500, openai.InternalServerError)])
def test_the_client_understands_an_error(status: int, error: type[openai.APIStatusError], opened: Opened) -> None:
    server, client = opened
    server.replies.append(Fault(status, "not now", retry_after=2))
    with pytest.raises(error) as caught:
        client.chat.completions.create(model=server.model, messages=ASKED)
    assert caught.value.response.headers["retry-after"] == "2"
    # Of an array the client makes nothing.
    assert isinstance(server, GeminiOpenAIServer) or "not now" in str(caught.value)


def test_a_request_is_judged(opened: Opened) -> None:
    server, client = opened
    with pytest.raises(openai.APIStatusError):
        client.chat.completions.create(model="another", messages=ASKED)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model=server.model, messages=[*ASKED, {"role": "tool", "tool_call_id": "none", "content": "x"}]
        )
    if not isinstance(server, OllamaServer):
        with pytest.raises(openai.APIStatusError):
            client.with_options(api_key="wrong").chat.completions.create(model=server.model, messages=ASKED)


def test_the_vendor_itself_takes_no_field_it_does_not_know(vendor: Opened) -> None:
    server, client = vendor
    with pytest.raises(openai.BadRequestError, match="min_p"):
        client.chat.completions.create(model=server.model, messages=ASKED, extra_body={"min_p": 0.1})


def test_likelihoods_and_limits_are_told(vendor: Opened) -> None:
    server, client = vendor
    raw = client.chat.completions.with_raw_response.create(model=server.model, messages=ASKED, logprobs=True)
    assert raw.headers["x-ratelimit-remaining-requests"] == "4999"
    likely = raw.parse().choices[0].logprobs
    assert likely is not None
    assert [one.token for one in likely.content or []] == ["Hello", " from", " the", " script."]


@pytest.mark.parametrize("form", ["float", "base64"])
def test_texts_are_embedded(form: Any, vendor: Opened) -> None:
    server, client = vendor
    made = client.embeddings.create(model=server.model, input=["one", "two"], encoding_format=form)
    assert len(made.data) == 2
    assert isinstance(made.data[0].embedding, str if form == "base64" else list)


def test_models_are_listed(vendor: Opened) -> None:
    server, client = vendor
    assert [one.id for one in client.models.list()] == [server.model]


@pytest.mark.parametrize("version", ["2024-10-21", None])
def test_azures_own_client_is_answered(version: str | None) -> None:
    server = AzureOpenAIServer()
    with server.listening() as url:
        client = (
            openai.AzureOpenAI(azure_endpoint=url, api_key=server.key, api_version=version, max_retries=0)
            if version
            else openai.OpenAI(
                base_url=f"{url}/openai/v1", api_key="-", default_headers={"api-key": server.key}, max_retries=0
            )
        )
        with client:
            stream = client.chat.completions.create(model=server.model, messages=ASKED, stream=True)
            pieces = [one.choices[0].delta.content or "" for one in stream if one.choices]
            assert "".join(pieces) == "Hello from the script."
            server.replies.append(server.filtered())
            with pytest.raises(openai.BadRequestError, match="content management policy") as caught:
                client.chat.completions.create(model=server.model, messages=ASKED)
            assert caught.value.code == "content_filter"
