"""What goes out with a request and comes back with an answer."""

import asyncio
import socket
import time
from collections.abc import Callable

import orjson
import pytest
from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import DeadlineExceeded, RemoteProblem
from ragstone_contracts.identity import Identity
from ragstone_contracts.models import EXTRACTIVE, WRITER
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.scripted_models import Script, ScriptedModelServer, listening

QUESTION = [{"role": "user", "content": "Say it."}]


async def _cost(client: RouterClient, caller: Caller, model: str) -> float | None:
    async with client.chat(caller, model, QUESTION) as stream:
        async for _ in stream.text():
            pass
        return stream.cost_usd


async def test_a_writer_outside_sees_its_own_key_and_never_the_callers_token(
    make_app: Callable[..., FastAPI], writer_url: str, writer: ScriptedModelServer, caller: Caller
) -> None:
    client = RouterClient(AsgiTransport(make_app(writer=writer_url, writer_key="sk-writer")))
    await _cost(client, caller, WRITER)

    sent = writer.received[-1]
    assert sent.headers["authorization"] == "Bearer sk-writer"
    assert caller.token not in str(sent)
    assert sent.body["model"] == "big-writer"


async def test_inference_sees_the_caller(client: RouterClient, caller: Caller, inference: ScriptedModelServer) -> None:
    await _cost(client, caller, EXTRACTIVE)

    assert inference.received[-1].headers["authorization"] == f"Bearer {caller.token}"


async def test_documents_are_reranked(client: RouterClient, caller: Caller) -> None:
    scores = await client.rerank(caller, "red fish", ["a blue bird", "the red fish swims"])

    assert scores[1] > scores[0]


async def test_an_own_model_costs_nothing(client: RouterClient, caller: Caller) -> None:
    assert await _cost(client, caller, EXTRACTIVE) == 0.0


async def test_an_unknown_price_is_unknown_and_never_nothing(client: RouterClient, caller: Caller) -> None:
    assert await _cost(client, caller, WRITER) is None


async def test_a_known_price_is_counted_by_the_token(
    make_app: Callable[..., FastAPI], writer_url: str, caller: Caller
) -> None:
    app = make_app(writer=writer_url, writer_price_input=1.0, writer_price_output=2.0)

    assert await _cost(RouterClient(AsgiTransport(app)), caller, WRITER) == pytest.approx((2 * 1.0 + 4 * 2.0) / 1e6)


async def test_a_deadline_bounds_the_wait_for_a_model(
    make_app: Callable[..., FastAPI], inference: ScriptedModelServer, tokens: IdentityTokens
) -> None:
    inference.scripts.append(Script(delay=5))
    late = tokens.mint(Identity(tenant="acme", user="ann", deadline=time.time() + 0.2))
    started = time.monotonic()

    with pytest.raises((DeadlineExceeded, RemoteProblem)):
        await _cost(RouterClient(AsgiTransport(make_app())), late, EXTRACTIVE)

    assert time.monotonic() - started < 1.0


@pytest.mark.requirement("RTR-8")
@pytest.mark.parametrize("waiting", ["for the first word", "midway"])
async def test_a_client_that_hangs_up_stops_the_writer_within_a_second(
    waiting: str, make_app: Callable[..., FastAPI], writer_url: str, writer: ScriptedModelServer, caller: Caller
) -> None:
    writer.scripts.append(Script(tokens=["a"] * 50, token_delay=3.0 if waiting == "for the first word" else 0.1))
    with listening(make_app(writer=writer_url)) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(_request(caller))
            if waiting == "midway":
                await asyncio.to_thread(connection.recv, 4096)
            else:
                await asyncio.sleep(0.5)
        assert await asyncio.to_thread(writer.abandoned.wait, 1.0)


def _request(caller: Caller) -> bytes:
    body = orjson.dumps({"model": WRITER, "messages": QUESTION, "stream": True})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: t\r\nauthorization: Bearer {caller.token}\r\n"
    return f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
