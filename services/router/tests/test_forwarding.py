"""The way of a request past the framework's routes, over real connections."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import orjson
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from ragstone_contracts.models import WRITER
from ragstone_kit.identity import Caller
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_router.ask import Ask
from ragstone_router.forwarding import while_client_stays
from ragstone_testing.scripted_models import listening

MakeApp = Callable[..., FastAPI]
STREAMS = 300


def _body(*, stream: bool) -> bytes:
    return orjson.dumps({"model": WRITER, "messages": [{"role": "user", "content": "Say it."}], "stream": stream})


class SilentServer:
    """Takes requests and never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.left = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._hear, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked.set()
        while await reader.read(4096):
            pass
        self.left.set()
        writer.close()


@pytest.mark.requirement("RTR-8")
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_a_client_that_hangs_up_before_a_word_has_come_closes_the_models_connection(
    stream: bool, make_app: MakeApp, caller: Caller
) -> None:
    silent = SilentServer()
    async with silent.listening() as url:
        with listening(make_app(writer=url, writer_model="mute")) as router:
            headers = {"authorization": f"Bearer {caller.token}"}
            async with aiohttp.ClientSession(headers=headers) as session:
                asking = asyncio.ensure_future(session.post(f"{router}/v1/chat/completions", data=_body(stream=stream)))
                await asyncio.wait_for(silent.asked.wait(), 5)
                asking.cancel()
            await asyncio.wait_for(silent.left.wait(), 1)


class Crowd:
    """Begins every stream, and ends none before so many are open at once."""

    def __init__(self, streams: int) -> None:
        self._streams = streams
        self._open = 0
        self._all_open = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] in ("http", "lifespan")
        if scope["type"] == "lifespan":
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": _event("first "), "more_body": True})
        self._open += 1
        if self._open == self._streams:
            self._all_open.set()
        await self._all_open.wait()
        await send({"type": "http.response.body", "body": _event("last") + b"data: [DONE]\n\n", "more_body": False})


def _event(word: str) -> bytes:
    return b"data: " + orjson.dumps({"choices": [{"index": 0, "delta": {"content": word}}]}) + b"\n\n"


async def test_hundreds_of_streams_are_open_at_once_and_all_end_whole(make_app: MakeApp, caller: Caller) -> None:
    headers = {"authorization": f"Bearer {caller.token}"}
    with (
        listening(Crowd(STREAMS)) as url,
        listening(make_app(writer=f"{url}/v1", writer_model="crowded")) as router,
    ):
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(headers=headers, connector=connector) as session, asyncio.timeout(30):

            async def ask() -> bytes:
                async with session.post(f"{router}/v1/chat/completions", data=_body(stream=True)) as answer:
                    return await answer.read()

            answers = await asyncio.gather(*(ask() for _ in range(STREAMS)))

    assert set(answers) == {_event("first ") + _event("last") + b"data: [DONE]\n\n"}


async def test_what_is_not_forwarded_is_answered_by_the_routes(make_app: MakeApp, caller: Caller) -> None:
    transport = AsgiTransport(make_app())
    headers = {"authorization": f"Bearer {caller.token}"}

    async with transport.send(Request("GET", "/v1/models", headers)) as response:
        assert response.status == 200
    async with transport.send(Request("GET", "/v1/chat/completions", headers)) as response:
        assert response.status == 404
        assert response.headers["content-type"] == "application/problem+json"


async def test_forwarded_requests_are_counted_by_their_route(make_app: MakeApp) -> None:
    transport = AsgiTransport(make_app())

    async with transport.send(Request("POST", "/v1/rerank", {}, b"{}")) as response:
        assert response.status == 401
    async with transport.send(Request("GET", "/metrics")) as response:
        counted = b'ragstone_requests_total{method="POST",route="/v1/rerank",service="router",status="401"}'
        assert counted in await response.read()


async def test_what_is_done_after_the_last_byte_is_not_cut_short(make_ask: Callable[..., Ask]) -> None:
    sent, settled = asyncio.Event(), asyncio.Event()

    async def send(_: Message) -> None:
        sent.set()

    async def receive() -> Message:
        # As servers do: whoever has the whole answer counts as gone.
        await sent.wait()
        return {"type": "http.disconnect"}

    async def answer(_: Ask, send: Send) -> None:
        await send({"type": "http.response.body", "body": b"all", "more_body": False})
        await asyncio.sleep(0.01)
        settled.set()

    await while_client_stays(answer, make_ask(), receive, send)

    assert settled.is_set()


async def test_whoever_cancels_a_request_is_told_that_it_was(make_ask: Callable[..., Ask]) -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(_: Message) -> None: ...

    async def answer(*_: object) -> None:
        await asyncio.sleep(5)

    serving = asyncio.ensure_future(while_client_stays(answer, make_ask(), receive, send))
    await asyncio.sleep(0)
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
