from collections.abc import AsyncIterator, Iterator
from typing import Any

import orjson
import pytest
from services.router.tests.conftest import MakeAsk

from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.providers.opening import ProviderConfig
from ragstone_router.providers.replicate.provider import Replicate, open_replicate
from ragstone_router.providers.replicate.request import prediction_input, prediction_path
from ragstone_testing.model_servers.replicate import ReplicateServer
from ragstone_testing.model_servers.wire import Reply

MODEL = ReplicateServer.model


@pytest.fixture
def server() -> ReplicateServer:
    return ReplicateServer()


@pytest.fixture
def url(server: ReplicateServer) -> Iterator[str]:
    with server.listening() as listening:
        yield listening


@pytest.fixture
async def provider(url: str) -> AsyncIterator[Replicate]:
    opened = open_replicate(ProviderConfig.model_validate({"kind": "replicate", "key": "r8_test", "url": url}))
    opened.look_seconds = 0.01
    yield opened
    await opened.close()


async def test_a_prediction_that_takes_longer_is_looked_at_until_it_is_done(
    provider: Replicate, server: ReplicateServer, make_ask: MakeAsk
) -> None:
    server.waits = False
    async with provider.ask(make_ask(), MODEL, 5.0) as answer:
        body = orjson.loads(await answer.whole())
    assert body["choices"][0]["message"]["content"] == "Hello from the script."
    assert [one.method for one in server.received] == ["POST", "GET", "GET"]
    assert server.cancelled == []


async def test_a_prediction_nobody_waits_for_any_more_is_cancelled(
    provider: Replicate, server: ReplicateServer, make_ask: MakeAsk
) -> None:
    server.waits = False
    async with provider.ask(make_ask(stream=True), MODEL, 5.0) as answer:
        events = answer.events()
        await anext(events)
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert server.cancelled == ["p0"]


async def test_a_prediction_that_fails_is_no_answer(
    provider: Replicate, server: ReplicateServer, make_ask: MakeAsk
) -> None:
    server.replies.append(Reply(error_after=1))
    with pytest.raises(DeploymentFailed, match="error_event"):
        async with provider.ask(make_ask(), MODEL, 5.0) as answer:
            await answer.whole()


async def test_line_breaks_come_through_a_stream(
    provider: Replicate, server: ReplicateServer, make_ask: MakeAsk
) -> None:
    server.replies.append(Reply(("One.\n\n", "Two:", " x\n")))
    async with provider.ask(make_ask(stream=True), MODEL, 5.0) as answer:
        lines = b"".join([run async for run in answer.events()]).splitlines()
    chunks = [orjson.loads(line[5:]) for line in lines if line.startswith(b"data: {")]
    assert "".join(choice["delta"].get("content", "") for one in chunks for choice in one["choices"]) == (
        "One.\n\nTwo: x\n"
    )


async def test_what_it_cannot_do_is_left_to_another(provider: Replicate, make_ask: MakeAsk) -> None:
    with pytest.raises(DeploymentFailed, match="incapable"):
        async with provider.ask(make_ask(tools=[{}]), MODEL, 5.0):
            pass


@pytest.mark.parametrize(
    ("model", "path", "named"),
    [
        ("meta/a", "/models/meta/a/predictions", {}),
        ("meta/a:5c78", "/predictions", {"version": "5c78"}),
        ("deployments/us/a", "/deployments/us/a/predictions", {}),
    ],
)
def test_a_model_is_asked_by_name_by_version_or_as_a_deployment(model: str, path: str, named: dict[str, str]) -> None:
    assert prediction_path(model) == (path, named)


def test_a_conversation_becomes_a_prompt() -> None:
    turns: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "One."},
        {"role": "user", "content": [{"type": "text", "text": "Two?"}]},
    ]
    made = prediction_input({"messages": turns, "max_tokens": 5, "stop": ["a", "b"], "top_p": 0.5})
    assert made == {
        "prompt": "User: One?\n\nAssistant: One.\n\nUser: Two?\n\nAssistant:",
        "system_prompt": "Be brief.",
        "max_tokens": 5,
        "stop_sequences": "a,b",
        "top_p": 0.5,
    }


@pytest.mark.parametrize("turn", [{"role": "tool", "content": "x"}, {"role": "user", "content": [{"type": "image"}]}])
def test_what_is_not_said_in_words_is_refused(turn: dict[str, Any]) -> None:
    with pytest.raises(ModelRefused):
        prediction_input({"messages": [turn, turn]})
