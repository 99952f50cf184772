"""A vendor that sells answers by the token on the OpenAI wire, and writes down what it will send a bill for.

What it does is said by the last message: ``answer 7`` gives seven tokens; ``break 3`` drops the connection after three;
``fail`` answers 503 and costs nothing; ``drip 50`` sends fifty, slowly, and bills those that were sent.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ragstone_testing.scripted_models import ConnectionBroken

_KEPT_SHARE = 3
"""One token of so many of a prompt was kept from before, as this vendor counts."""


@dataclass(frozen=True)
class Tariff:
    """USD per million tokens."""

    input: Decimal
    cached: Decimal
    output: Decimal

    def bill(self, asked: int, kept: int, answered: int) -> Decimal:
        return ((asked - kept) * self.input + kept * self.cached + answered * self.output) / 1_000_000


@dataclass(frozen=True)
class Item:
    """One line of the invoice; ``told`` when the client was given the same counts."""

    account: str
    model: str
    asked: int
    answered: int
    usd: Decimal
    told: bool


@dataclass
class InvoicingServer:
    """``tariffs`` by model; the ``user`` of a request is the account it is billed to."""

    tariffs: Mapping[str, Tariff]
    invoice: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._app = Starlette(routes=[Route("/v1/chat/completions", self._chat, methods=["POST"])])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _chat(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        what, _, number = body["messages"][-1]["content"].partition(" ")
        if what == "fail":
            return JSONResponse({"error": {"message": "overloaded", "type": "server_error"}}, 503)
        if body.get("stream"):
            return StreamingResponse(self._stream(body, what, int(number)), media_type="text/event-stream")
        usage = self._billed(body, int(number), told=True)
        message = {"role": "assistant", "content": "word " * int(number)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return JSONResponse(_head(body, "chat.completion") | {"choices": [choice], "usage": usage})

    async def _stream(self, body: dict[str, Any], what: str, number: int) -> AsyncIterator[bytes]:
        head, sent, told = _head(body, "chat.completion.chunk"), 0, False
        asks = bool((body.get("stream_options") or {}).get("include_usage"))
        try:
            while sent < number:
                sent += 1
                yield _event(head | {"choices": [_choice({"content": "word "}, None)]})
                await asyncio.sleep(0.02 if what == "drip" else 0)
            if what == "break":
                raise ConnectionBroken
            yield _event(head | {"choices": [_choice({}, "stop")]})
            told = asks
            if asks:
                yield _event(head | {"choices": [], "usage": _usage(body, sent)})
            yield b"data: [DONE]\n\n"
        finally:
            self._billed(body, sent, told=told)

    def _billed(self, body: dict[str, Any], answered: int, *, told: bool) -> dict[str, Any]:
        usage = _usage(body, answered)
        asked, kept = usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"]
        usd = self.tariffs[body["model"]].bill(asked, kept, answered)
        self.invoice.append(Item(body.get("user", ""), body["model"], asked, answered, usd, told))
        return usage


def _usage(body: dict[str, Any], answered: int) -> dict[str, Any]:
    asked = sum(len(message["content"].split()) for message in body["messages"])
    details = {"cached_tokens": asked // _KEPT_SHARE}
    counted = {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}
    return counted | {"prompt_tokens_details": details}


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-invoiced", "object": kind, "created": 0, "model": body["model"]}


def _choice(delta: dict[str, str], finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"
