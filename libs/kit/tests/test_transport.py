import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn
from fastapi import FastAPI

from ragstone_contracts.errors import DeadlineExceeded, Unavailable
from ragstone_kit.transport import AiohttpTransport, AsgiTransport, Request, Transport

from .conftest import Probe


@pytest.fixture
def server_url(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(params=["inside", "network"])
async def transport(request: pytest.FixtureRequest, app: FastAPI) -> AsyncIterator[Transport]:
    inside = request.param == "inside"
    transport: Transport = AsgiTransport(app) if inside else AiohttpTransport(request.getfixturevalue("server_url"))
    yield transport
    await transport.close()


async def test_a_body_arrives_whole_and_in_order(transport: Transport) -> None:
    async with transport.send(Request("GET", "/count?upto=50")) as response:
        assert response.status == 200
        assert await response.read() == b"".join(b"%d;" % number for number in range(50))


async def test_the_first_piece_arrives_before_the_last_is_made(transport: Transport, probe: Probe) -> None:
    async with transport.send(Request("GET", "/count?upto=20&pause=0.02")) as response:
        first = await anext(aiter(response.chunks()))
        assert first.startswith(b"0;")
        assert probe.sent < 20


async def test_leaving_early_tells_the_other_side(transport: Transport, probe: Probe) -> None:
    async with transport.send(Request("GET", "/count?upto=100000&pause=0.01")) as response:
        await anext(aiter(response.chunks()))
    await asyncio.to_thread(_wait_for, probe)
    assert probe.sent < 1000


async def test_work_after_the_response_is_not_cut_off(app: FastAPI, probe: Probe) -> None:
    transport = AsgiTransport(app)
    async with transport.send(Request("GET", "/afterwards")) as response:
        assert await response.read() == b"at once"
    assert not probe.finished
    await transport.close()
    assert probe.finished


def _wait_for(probe: Probe) -> None:
    deadline = time.monotonic() + 5
    while not probe.left.is_set() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert probe.left.is_set()


async def test_a_streamed_request_body_is_received_whole(transport: Transport) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 70_000

    async with transport.send(Request("POST", "/length", body=pieces())) as response:
        assert await response.read() == b'{"value":700000}'


async def test_a_late_answer_is_a_typed_error(transport: Transport) -> None:
    with pytest.raises(DeadlineExceeded):
        async with transport.send(Request("GET", "/count?upto=5&pause=3", timeout=0.3)) as response:
            await response.read()


async def test_an_error_inside_the_block_comes_out_unchanged(transport: Transport) -> None:
    with pytest.raises(KeyError):
        async with transport.send(Request("GET", "/count?upto=5")):
            raise KeyError


async def test_a_service_that_is_not_there_is_unavailable() -> None:
    transport = AiohttpTransport("http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        async with transport.send(Request("GET", "/")):
            pass
    await transport.close()
