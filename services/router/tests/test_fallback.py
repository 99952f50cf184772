import asyncio
from collections.abc import Callable

import pytest
from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_contracts.chat import Fallback
from ragstone_contracts.errors import RagstoneError, RemoteProblem, UpstreamError
from ragstone_contracts.models import EXTRACTIVE, WRITER
from ragstone_kit.identity import Caller
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_testing.scripted_models import Script, ScriptedModelServer

QUESTION = [{"role": "user", "content": "Say it."}]
WORDS = [f"w{number} " for number in range(21)]


async def _ask(client: RouterClient, caller: Caller, model: str = WRITER) -> tuple[str, str, Fallback | None]:
    async with client.chat(caller, model, QUESTION) as stream:
        text = "".join([piece async for piece in stream.text()])
        return text, stream.model, stream.fallback


FAULTS = {
    "http_401": Script(status=401),
    "http_402": Script(status=402),
    "http_403": Script(status=403),
    "http_404": Script(status=404),
    "http_429": Script(status=429, retry_after=30),
    "http_500": Script(status=500),
    "http_503": Script(status=503),
    "timeout": Script(delay=5),
    "broke_off": Script(end_after=0),
    "error_event": Script(error_after=0),
}


@pytest.mark.requirement("RTR-3")
@pytest.mark.parametrize("reason", FAULTS)
async def test_a_writer_that_fails_before_its_first_word_is_replaced(
    reason: str, client: RouterClient, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(FAULTS[reason])

    text, model, fallback = await _ask(client, caller)

    assert (text, model) == ("A quote. [1]", EXTRACTIVE)
    assert fallback is not None
    assert fallback.reason == reason


@pytest.mark.requirement("RTR-3")
@pytest.mark.parametrize("status", [401, 429, 500])
async def test_an_answer_that_is_not_streamed_falls_back_too(
    status: int, make_app: Callable[..., FastAPI], writer_url: str, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(status=status))
    headers = {"authorization": f"Bearer {caller.token}"}
    body = b'{"model": "ragstone-writer", "messages": [{"role": "user", "content": "Say it."}]}'
    transport = AsgiTransport(make_app(writer=writer_url, writer_model="big-writer"))

    async with transport.send(Request("POST", "/v1/chat/completions", headers, body)) as response:
        assert response.headers["x-ragstone-fallback"] == f"big-writer; http_{status}"
        assert b"A quote. [1]" in await response.read()


@pytest.mark.requirement("RTR-3")
async def test_a_writer_that_is_not_there_is_replaced(make_app: Callable[..., FastAPI], caller: Caller) -> None:
    client = RouterClient(AsgiTransport(make_app(writer="http://127.0.0.1:9/v1", writer_model="big-writer")))

    text, _, fallback = await _ask(client, caller)

    assert text == "A quote. [1]"
    assert fallback == Fallback(wanted="big-writer", reason="unreachable")


async def test_a_request_the_writer_finds_at_fault_is_not_sent_on(
    client: RouterClient, caller: Caller, writer: ScriptedModelServer, inference: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(status=400))

    with pytest.raises(RemoteProblem, match="scripted 400") as caught:
        await _ask(client, caller)

    assert (caught.value.status, caught.value.code) == (400, "model_refused")
    assert inference.received == []


async def test_when_nobody_answers_the_last_error_is_told(
    client: RouterClient, caller: Caller, writer: ScriptedModelServer, inference: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(status=500))
    inference.scripts.append(Script(status=503))

    with pytest.raises(RagstoneError, match="503"):
        await _ask(client, caller)


@pytest.mark.requirement("RTR-4")
@pytest.mark.parametrize("after", range(21))
async def test_a_connection_that_breaks_is_replaced_before_the_first_word_and_told_after_it(
    after: int, client: RouterClient, caller: Caller, writer: ScriptedModelServer, inference: ScriptedModelServer
) -> None:
    # With a pause between words: a reader that is late sees the broken connection before any of them.
    writer.scripts.append(Script(tokens=WORDS, break_after=after, token_delay=0.005))
    heard: list[str] = []

    async def listen() -> None:
        async with client.chat(caller, WRITER, QUESTION) as stream:
            async for piece in stream.text():
                heard.append(piece)

    if after == 0:
        await listen()
        assert "".join(heard) == "A quote. [1]"
    else:
        with pytest.raises(UpstreamError):
            await listen()
        assert heard == WORDS[:after]
        assert inference.received == []


@pytest.mark.requirement("RTR-4")
@pytest.mark.parametrize("fault", [Script(error_after=2), Script(end_after=2)])
async def test_an_answer_that_fails_midway_ends_in_an_error(
    fault: Script, client: RouterClient, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(fault)

    with pytest.raises(UpstreamError, match=r"scripted failure|ended before"):
        await _ask(client, caller)


@pytest.mark.requirement("RTR-3")
async def test_after_three_failures_the_writer_is_left_alone(
    client: RouterClient, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.extend([Script(status=500)] * 3)
    for _ in range(3):
        await _ask(client, caller)

    _, model, fallback = await _ask(client, caller)

    assert model == EXTRACTIVE
    assert fallback is not None
    assert fallback.reason == "breaker_open"
    assert len(writer.received) == 3


@pytest.mark.requirement("RTR-8")
async def test_a_client_that_leaves_midway_stops_the_writer(
    client: RouterClient, caller: Caller, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(tokens=WORDS, token_delay=0.1))

    async with client.chat(caller, WRITER, QUESTION) as stream:
        await anext(stream.text())

    assert await asyncio.to_thread(writer.abandoned.wait, 1.0)
