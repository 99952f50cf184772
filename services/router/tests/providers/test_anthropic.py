"""Anthropic behind the OpenAI wire: asked by the official openai client, answered by a server of the vendor's wire."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
import yaml
from services.router.tests.conftest import MakeApp

from ragstone_kit.identity import Caller
from ragstone_kit.transport import AsgiTransport
from ragstone_router.providers.anthropic.provider import open_anthropic
from ragstone_router.providers.opening import ProviderConfig
from ragstone_testing.model_servers.anthropic import AnthropicServer
from ragstone_testing.model_servers.wire import Call, Fault, Reply
from ragstone_testing.scripted_models import listening

TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather of a place.",
            "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
        },
    }
]
ASKED: list[Any] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say it."}]
TWO_CALLS = (Call("toolu_1", "weather", {"place": "Oslo"}), Call("toolu_2", "weather", {"place": "Rome, Italy"}))
LOOKING = Reply(("Looking.",), calls=TWO_CALLS, finish="tools")


@pytest.fixture
def server() -> AnthropicServer:
    return AnthropicServer()


@pytest.fixture
def server_url(server: AnthropicServer) -> Iterator[str]:
    with listening(server) as url:
        yield url


@pytest.fixture
async def client(
    tmp_path: Path, server_url: str, make_app: MakeApp, caller: Caller
) -> AsyncIterator[openai.AsyncOpenAI]:
    """The official client on a router whose route ``claude`` is the scripted Anthropic."""
    path = tmp_path / "routes.yaml"
    provider = {"kind": "anthropic", "key": "sk-ant-test", "url": server_url}
    deployment = {"provider": "anthropic", "model": "scripted-model", "price": {"input": 1, "output": 5, "cached": 0.1}}
    path.write_text(
        yaml.safe_dump({"providers": {"anthropic": provider}, "models": {"claude": {"deployments": [deployment]}}})
    )
    with listening(make_app(routes=path)) as url:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=caller.token, max_retries=0) as opened:
            yield opened


async def test_the_vendors_own_client_understands_the_server(server_url: str, server: AnthropicServer) -> None:
    asked: list[Any] = [{"role": "user", "content": "Say it."}]
    async with anthropic.AsyncAnthropic(api_key="sk-ant-test", base_url=server_url, max_retries=0) as vendor:
        message = await vendor.messages.create(model="scripted-model", max_tokens=10, messages=asked)
        assert message.content[0].type == "text"
        assert message.usage.input_tokens == 11
        server.replies.append(LOOKING)
        async with vendor.messages.stream(model="scripted-model", max_tokens=10, messages=asked) as stream:
            streamed = await stream.get_final_message()
        assert [block.input for block in streamed.content if block.type == "tool_use"] == [
            t.arguments for t in TWO_CALLS
        ]
        server.replies.append(Fault(429))
        with pytest.raises(anthropic.RateLimitError):
            await vendor.messages.create(model="scripted-model", max_tokens=10, messages=asked)


@pytest.mark.requirement("RTR-2")
async def test_a_chat_is_answered_with_its_usage(client: openai.AsyncOpenAI, server: AnthropicServer) -> None:
    answer = await client.chat.completions.create(
        model="claude", messages=ASKED, max_tokens=50, stop=["END"], temperature=0.2
    )

    assert answer.choices[0].message.content == "Hello from the script."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (16, 4)
    assert answer.usage.prompt_tokens_details is not None
    assert answer.usage.prompt_tokens_details.cached_tokens == 5
    assert server.received[-1].body == {
        "model": "scripted-model",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Say it."}]}],
        "max_tokens": 50,
        "stop_sequences": ["END"],
        "stream": False,
    }


async def test_only_an_older_version_is_told_how_to_sample(make_ask: Any, server: AnthropicServer) -> None:
    options = {"kind": "anthropic", "key": "sk-ant-test", "options": {"api_version": "2023-06-01"}}
    provider = open_anthropic(ProviderConfig.model_validate(options))
    await provider.close()
    provider.transport = AsgiTransport(server)
    async with provider.ask(make_ask(temperature=0.2), "scripted-model", 5.0) as answer:
        await answer.whole()
    assert server.received[-1].body["temperature"] == 0.2


@pytest.mark.requirement("RTR-2")
async def test_a_stream_comes_in_pieces_and_ends_with_its_usage(client: openai.AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(
        model="claude", messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]

    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert pieces == ["Hello", " from", " the", " script."]
    assert [one.choices[0].finish_reason for one in chunks if one.choices][-1] == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == 20
    cost = (chunks[-1].model_extra or {})["ragstone"]["cost_usd"]
    assert cost == pytest.approx((11 * 1 + 5 * 0.1 + 4 * 5) / 1e6)


@pytest.mark.requirement("RTR-2")
@pytest.mark.parametrize("streams", [False, True])
async def test_tools_are_called_in_parallel_and_their_results_go_back(
    streams: bool, client: openai.AsyncOpenAI, server: AnthropicServer
) -> None:
    server.replies.append(LOOKING)
    calls = await _calls(client, streams)
    assert calls == [(t.id, t.name, t.arguments) for t in TWO_CALLS]

    said = [{"id": t.id, "type": "function", "function": {"name": t.name, "arguments": "{}"}} for t in TWO_CALLS]
    results = [{"role": "tool", "tool_call_id": t.id, "content": "rain"} for t in TWO_CALLS]
    turns: list[Any] = [*ASKED, {"role": "assistant", "content": None, "tool_calls": said}, *results]
    await client.chat.completions.create(model="claude", messages=turns, tools=TOOLS, tool_choice="required")

    sent = server.received[-1].body
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "user"]
    assert [block["tool_use_id"] for block in sent["messages"][2]["content"]] == ["toolu_1", "toolu_2"]
    assert sent["tools"][0]["input_schema"] == TOOLS[0]["function"]["parameters"]
    assert sent["tool_choice"] == {"type": "any"}


async def _calls(client: openai.AsyncOpenAI, streams: bool) -> list[tuple[str, str, Any]]:
    if not streams:
        answer = await client.chat.completions.create(model="claude", messages=ASKED, tools=TOOLS)
        assert answer.choices[0].finish_reason == "tool_calls"
        found = answer.choices[0].message.tool_calls or []
        return [(one.id, one.function.name, yaml.safe_load(one.function.arguments)) for one in found]  # type: ignore[union-attr]
    gathered: dict[int, list[str]] = {}
    async for chunk in await client.chat.completions.create(model="claude", messages=ASKED, tools=TOOLS, stream=True):
        for part in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            call = gathered.setdefault(part.index, ["", "", ""])
            call[0] += part.id or ""
            assert part.function is not None
            call[1] += part.function.name or ""
            call[2] += part.function.arguments or ""
    return [(one, name, yaml.safe_load(arguments)) for one, name, arguments in gathered.values()]


@pytest.mark.requirement("RTR-2")
async def test_a_schema_and_an_image_reach_the_vendor_in_its_own_form(
    client: openai.AsyncOpenAI, server: AnthropicServer
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    image: list[Any] = [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": "https://pictures.example/a.png"}},
    ]
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    await client.chat.completions.create(
        model="claude", messages=[{"role": "user", "content": image}], response_format=wanted
    )

    sent = server.received[-1].body
    assert sent["output_config"] == {"format": {"type": "json_schema", "schema": schema}}
    assert sent["messages"][0]["content"][1:] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
        {"type": "image", "source": {"type": "url", "url": "https://pictures.example/a.png"}},
    ]


@pytest.mark.requirement("RTR-2")
@pytest.mark.parametrize(
    ("status", "detail", "error"),
    [
        (400, "messages: something is off", openai.BadRequestError),
        (401, "invalid x-api-key", openai.InternalServerError),
        (429, "slow down", openai.InternalServerError),
        (529, "Overloaded", openai.InternalServerError),
    ],
)
async def test_an_error_of_the_vendor_is_told_as_one(
    status: int, detail: str, error: type[openai.APIStatusError], client: openai.AsyncOpenAI, server: AnthropicServer
) -> None:
    server.replies.append(Fault(status, detail))
    with pytest.raises(error, match=detail):
        await client.chat.completions.create(model="claude", messages=ASKED)


@pytest.mark.requirement("RTR-4")
@pytest.mark.parametrize("fault", [Reply(error_after=6), Reply(end_after=6)])
async def test_a_stream_that_fails_midway_ends_in_an_error(
    fault: Reply, client: openai.AsyncOpenAI, server: AnthropicServer
) -> None:
    server.replies.append(fault)
    heard = []
    with pytest.raises(openai.APIError, match=r"Overloaded|ended before"):
        async for chunk in await client.chat.completions.create(model="claude", messages=ASKED, stream=True):
            heard += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    assert heard == ["Hello", " from", " the"]


@pytest.mark.parametrize("content", [7, [{"type": "input_audio"}], [{"type": "image_url"}]])
async def test_what_the_vendor_has_nothing_for_is_refused(content: Any, client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="claude", messages=[{"role": "user", "content": content}])
