"""What every vendor's server shares: scripted replies and faults, a record of what came, and a loopback port.

A reply is said in no vendor's words; each server renders it on its own wire.
"""

import re
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ragstone_testing.scripted_models import listening

Finish = Literal["stop", "length", "tools", "filtered"]
Event = TypeVar("Event")


@dataclass(frozen=True)
class Call:
    """A tool the model wants called."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Counted:
    """Tokens. ``cached`` are among those of the prompt, ``reasoning`` among those of the answer."""

    prompt: int = 16
    cached: int = 5
    answer: int = 4
    reasoning: int = 0


@dataclass(frozen=True)
class Reply:
    """One answer. Streamed, ``error_after`` so many events an error comes in the place of the next one, and
    ``end_after`` so many the connection is closed without a word."""

    pieces: Sequence[str] = ("Hello", " from", " the", " script.")
    reasoning: str = ""
    calls: Sequence[Call] = ()
    finish: Finish = "stop"
    counted: Counted = field(default_factory=Counted)
    error_after: int | None = None
    end_after: int | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True)
class Fault:
    """An error in place of an answer. ``code`` is the vendor's own word for it, the usual one of the status without."""

    status: int
    detail: str = "scripted"
    code: str | None = None
    retry_after: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"retry-after": str(self.retry_after)}


@dataclass(frozen=True)
class Received:
    """Header names are lower case; ``body`` is what the JSON of it holds."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


class WireServer(ABC):
    """An ASGI application. Answers with the next of ``replies``, or the usual one when none is left."""

    base = ""
    """What stands before the paths of the wire in the URL a client is given."""
    model = "scripted-model"

    def __init__(self) -> None:
        self.replies: deque[Reply | Fault] = deque()
        self.received: list[Received] = []
        self._app = Starlette(routes=self.routes())

    @abstractmethod
    def routes(self) -> list[Route]: ...

    @abstractmethod
    def error(self, fault: Fault) -> Response:
        """As the vendor puts it."""

    @abstractmethod
    def overflow(self) -> Fault:
        """What the vendor says of a prompt that is too long."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._app(scope, receive, send)

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Serve on a loopback port; gives the URL a client of the vendor is given."""
        with listening(self) as url:
            yield url + self.base

    async def record(self, request: Request) -> Received:
        content = await request.body()
        body = orjson.loads(content) if content else None
        query, headers = dict(request.query_params), dict(request.headers)
        self.received.append(Received(request.method, request.url.path, query, headers, body))
        return self.received[-1]

    def next_reply(self) -> Reply | Fault:
        return self.replies.popleft() if self.replies else Reply()


def json_response(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, {"content-type": "application/json", **(headers or {})})


def sse_response(events: Iterable[bytes], headers: Mapping[str, str] | None = None) -> Response:
    return StreamingResponse(_one_by_one(events), headers=dict(headers or {}), media_type="text/event-stream")


def faulty(events: Iterable[Event], reply: Reply, error: Event) -> Iterator[Event]:
    """The events up to where the reply wants the stream to fail."""
    for count, event in enumerate(events):
        if count == reply.end_after:
            return
        if count == reply.error_after:
            yield error
            return
        yield event


def fragments(call: Call) -> list[str]:
    """The JSON of a call's arguments, in small pieces."""
    return re.findall(r".{1,7}", arguments_of(call), re.DOTALL)


def arguments_of(call: Call) -> str:
    return orjson.dumps(call.arguments).decode()


async def _one_by_one(events: Iterable[bytes]) -> AsyncIterator[bytes]:
    for event in events:
        yield event
