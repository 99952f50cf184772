"""What the recorded servers share: a record of what came, faults to inject, and a judgement of the file."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ragstone_kit.transport import AsgiTransport, Transport


@dataclass(frozen=True)
class Received:
    """Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, Any] = field(default_factory=dict)

    def json(self) -> Any:
        return orjson.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """``body`` is sent as JSON unless it is bytes."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Fault = Answer
"""An answer given in place of the usual one."""


class RecordedServer(ABC):
    """An ASGI application. ``faults`` are answered first; ``hook`` sees each usual answer and may change it."""

    def __init__(self) -> None:
        self.faults: deque[Fault] = deque()
        self.received: list[Received] = []
        self.hook: Callable[[Received, Answer], Answer] = lambda _, answer: answer

    def connect(self, _: str) -> Transport:
        """A transport to this server, whatever the address."""
        return AsgiTransport(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        received = await _received(Request(scope, receive))
        self.received.append(received)
        answer = self.faults.popleft() if self.faults else self.hook(received, self.answer(received))
        await _response(answer)(scope, receive, send)

    @abstractmethod
    def answer(self, received: Received) -> Answer:
        """What the vendor answers."""


def judged(content: bytes) -> str:
    """What a vendor finds: ``readable``, ``locked`` or ``broken``."""
    if not content.startswith((b"%PDF-", b"\x89PNG")):
        return "broken"
    return "locked" if b"/Encrypt" in content else "readable"


async def _received(request: Request) -> Received:
    body = await request.body()
    form: dict[str, Any] = {}
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as fields:
            for name, value in fields.items():
                form[name] = value if isinstance(value, str) else (value.filename, await value.read())
    query = dict(request.query_params)
    return Received(request.method, request.url.path, query, dict(request.headers), body, form)


def _response(answer: Answer) -> Response:
    body = answer.body if isinstance(answer.body, bytes) else orjson.dumps(answer.body)
    kind = {} if isinstance(answer.body, bytes) else {"content-type": "application/json"}
    return Response(body, answer.status, headers=kind | dict(answer.headers))
