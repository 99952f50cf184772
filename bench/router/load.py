"""The clients: so many connections at once, each asking again as soon as it is answered, at next to no cost."""

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

import httptools
import orjson
from bench.router.upstream import MODEL


@dataclass(frozen=True)
class Question:
    """One kind of request. ``pieces`` 0 is a whole answer, else a stream of so many, ``pause`` seconds apart."""

    pieces: int = 0
    pause: float = 0.0

    @property
    def body(self) -> bytes:
        said = [
            {"role": "system", "content": "Answer from the sources alone, and say which one it was. " * 5},
            {"role": "user", "content": "What do the sources say of the harvest in the year of the flood? " * 3},
        ]
        body = {"model": MODEL, "messages": said, "temperature": 0.2, "max_tokens": self.pieces or 50}
        if self.pieces:
            body |= {"stream": True, "seed": round(1000 * self.pause)}
        return orjson.dumps(body)


@dataclass
class Tally:
    """What came back. Waits are seconds until the first word of a stream, or until the whole of another answer."""

    waits: list[float] = field(default_factory=list)
    answers: int = 0
    pieces: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Target:
    port: int
    path: str = "/v1/chat/completions"
    key: str = ""

    def request(self, question: Question) -> bytes:
        body = question.body
        head = f"POST {self.path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\ncontent-type: application/json\r\n"
        key = f"authorization: Bearer {self.key}\r\n" if self.key else ""
        return f"{head}{key}content-length: {len(body)}\r\n\r\n".encode() + body


class Client(asyncio.Protocol):
    """One connection; ``ended`` is done when it is not to ask again, or the other side has hung up."""

    def __init__(self, request: bytes, tally: Tally, until: float) -> None:
        self._request = request
        self._tally = tally
        self._until = until
        self._asked = 0.0
        self._answering = False
        self._spoken = False
        self._tail = b""
        self._transport: asyncio.Transport
        self._parser: httptools.HttpResponseParser
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answering, self._spoken, self._tail = True, False, b""
        self._asked = perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        if not self._spoken:
            self._spoken = True
            self._tally.waits.append(perf_counter() - self._asked)
        self._tally.pieces += body.count(b"data: {")
        self._tail = body[-200:]

    def on_message_complete(self) -> None:
        self._answering = False
        good = self._parser.get_status_code() == 200 and (b"[DONE]" in self._tail or b'"usage"' in self._tail)
        self._tally.answers += good
        self._tally.errors += not good
        if perf_counter() < self._until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        self._tally.errors += self._answering
        if not self.ended.done():
            self.ended.set_result(None)

    def leave(self) -> None:
        self._transport.close()


async def drive(target: Target, question: Question, connections: int, seconds: float, patience: float = 60.0) -> Tally:
    """Ask for so many seconds (0: each connection once), then let what is under way end.

    What has not ended after ``patience`` more seconds is an error.
    """
    tally, loop = Tally(), asyncio.get_running_loop()
    request, until = target.request(question), perf_counter() + seconds
    opening = (
        loop.create_connection(lambda: Client(request, tally, until), "127.0.0.1", target.port)
        for _ in range(connections)
    )
    clients = [client for _, client in await asyncio.gather(*opening)]
    await asyncio.wait([client.ended for client in clients], timeout=seconds + patience)
    for client in clients:
        client.leave()
    return tally
