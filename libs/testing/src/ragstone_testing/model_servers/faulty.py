"""A model server that fails as real ones do: it speaks the OpenAI wire over bare sockets, so that it can reset, drip,
cut and send what no framework would.

A fault is a coroutine that is handed one exchange and does with its connection what it likes.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

WORDS = tuple(f"w{number} " for number in range(24))
"""What is answered, a token each; every token is unlike the others, so that a repeated one shows."""

_SETTLES = 0.02
"""Seconds in which what was written reaches the reader; a reset would overtake it."""


@dataclass
class Exchange:
    """One call: what was asked, and the connection to answer on."""

    body: Mapping[str, Any]
    words: Sequence[str]
    writer: asyncio.StreamWriter

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    async def head(self, status: int, kind: str, headers: Mapping[str, str] | None = None) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", "transfer-encoding: chunked", "connection: close"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.writer.write("\r\n".join([*lines, "", ""]).encode())
        await self.writer.drain()

    async def piece(self, content: bytes) -> None:
        """A piece of the body."""
        self.writer.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        await self.writer.drain()

    async def end(self) -> None:
        """The body was whole, as far as HTTP goes."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def reset(self) -> None:
        """A reset connection, not an orderly end."""
        await asyncio.sleep(_SETTLES)
        connection: socket.socket = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def pieces(self, words: int | None = None) -> list[bytes]:
        """The body in pieces: events, up to the one with so many words; or the parts of a whole answer."""
        told = self.words[:words]
        if not self.streams:
            return _parts(orjson.dumps(_completion(self.words)))[: None if words is None else words + 1]
        first = _event(_chunk({"role": "assistant", "content": ""}))
        return [first, *(_event(_chunk({"content": word})) for word in told)]

    async def answer(self, words: int | None = None) -> None:
        """A good answer, or the beginning of one."""
        await self.head(200, "text/event-stream" if self.streams else "application/json")
        for piece in self.pieces(words):
            await self.piece(piece)
        if words is None and self.streams:
            await self.piece(_event(_chunk({}, "stop")) + _event(_usage(len(self.words))) + b"data: [DONE]\n\n")
        if words is None:
            await self.end()


Fault = Callable[[Exchange], Awaitable[None]]


async def none(exchange: Exchange) -> None:
    await exchange.answer()


def refuses(status: int, message: str = "scripted", retry_after: str | None = None) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.head(status, "application/json", {} if retry_after is None else {"retry-after": retry_after})
        await exchange.piece(orjson.dumps({"error": {"message": message, "type": "scripted", "code": None}}))
        await exchange.end()

    return fault


def overflows() -> Fault:
    return refuses(400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000.")


def refuses_content() -> Fault:
    return refuses(400, "The response was filtered due to the prompt triggering the content management policy.")


async def is_silent(_: Exchange) -> None:
    """Takes the request and never says a word."""
    await asyncio.sleep(3600)


def late(seconds: float) -> Fault:
    """A good answer, after so long."""

    async def fault(exchange: Exchange) -> None:
        await asyncio.sleep(seconds)
        await exchange.answer()

    return fault


async def resets(exchange: Exchange) -> None:
    """Before the head of the answer."""
    await exchange.reset()


def resets_after(words: int) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.answer(words)
        await exchange.reset()

    return fault


def ends_after(words: int) -> Fault:
    """An orderly end of the body where the answer is not over."""

    async def fault(exchange: Exchange) -> None:
        await exchange.answer(words)
        await exchange.end()

    return fault


def stalls_after(words: int) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.answer(words)
        await asyncio.sleep(3600)

    return fault


def reports_error_after(words: int) -> Fault:
    """An error event; of a whole answer, an error with the status 200."""

    async def fault(exchange: Exchange) -> None:
        error = {"error": {"message": "scripted failure", "type": "server_error", "code": "scripted"}}
        if exchange.streams:
            await exchange.answer(words)
            await exchange.piece(_event(error))
        else:
            await exchange.head(200, "application/json")
            await exchange.piece(orjson.dumps(error))
        await exchange.end()

    return fault


def drips(seconds: float) -> Fault:
    """A piece every so many seconds: each in time, all together never."""

    async def fault(exchange: Exchange) -> None:
        await exchange.head(200, "text/event-stream" if exchange.streams else "application/json")
        for piece in exchange.pieces() if exchange.streams else [bytes([one]) for one in b"".join(exchange.pieces())]:
            await exchange.piece(piece)
            await asyncio.sleep(seconds)

    return fault


def says(body: bytes, kind: str = "application/json") -> Fault:
    """Whatever that is, with the status 200."""

    async def fault(exchange: Exchange) -> None:
        await exchange.head(200, kind)
        await exchange.piece(body)
        await exchange.end()

    return fault


def says_half_an_event_after(words: int) -> Fault:
    async def fault(exchange: Exchange) -> None:
        await exchange.answer(words)
        await exchange.piece(_event(_chunk({"content": "never"}))[:20])
        await exchange.end()

    return fault


@dataclass
class FaultServer:
    """Answers each call with the next of ``faults``, and with ``usual`` when none is left."""

    usual: Fault = none
    words: Sequence[str] = WORDS
    faults: deque[Fault] = field(default_factory=deque)
    calls: list[Mapping[str, Any]] = field(default_factory=list)
    """The body of every call."""
    left: int = 0
    """How many calls were hung up on before they had ended."""
    url: str = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Serve on a loopback port, in this event loop; gives the base URL."""
        running: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._accepted(reader, writer))
            running.add(task)
            task.add_done_callback(running.discard)

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self.url
        finally:
            server.close()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            try:
                await self._serve(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await _received(reader)
        self.calls.append(body)
        fault = self.faults.popleft() if self.faults else self.usual
        answering = asyncio.ensure_future(fault(Exchange(body, self.words, writer)))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            self.left += not answering.done()
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)


async def _received(reader: asyncio.StreamReader) -> Mapping[str, Any]:
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    body: Mapping[str, Any] = orjson.loads(await reader.readexactly(int(lengths[0])))
    return body


def _event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def _chunk(delta: Mapping[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}


def _usage(words: int) -> dict[str, Any]:
    counted = {"prompt_tokens": 3, "completion_tokens": words, "total_tokens": 3 + words}
    return _chunk({}) | {"choices": [], "usage": counted}


def _completion(words: Sequence[str]) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": "".join(words)}, "finish_reason": "stop"}
    return _usage(len(words)) | {"object": "chat.completion", "choices": [choice]}


def _parts(body: bytes, size: int = 16) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]
