"""Requests on their way to the models."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import orjson
from starlette.types import Send

from ragstone_contracts.errors import InvalidRequest, UpstreamError
from ragstone_contracts.models import COST_HEADER, EMBEDDER, FALLBACK_HEADER, MODEL_HEADER, RERANKER
from ragstone_kit import sse
from ragstone_router.ask import Ask
from ragstone_router.errors import DeploymentFailed
from ragstone_router.events import OpenedStream, open_stream, relay
from ragstone_router.price import FREE, Price
from ragstone_router.providers.port import Answer
from ragstone_router.proxied_response import send_body, send_head
from ragstone_router.routing.attempts import Answered, Attempt, first_to_answer
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.live import LiveBook
from ragstone_router.settings import RouterSettings


class Proxy:
    """Forwards a request to the route of its model and the answer to whoever asked."""

    def __init__(self, books: LiveBook, settings: RouterSettings) -> None:
        self._books = books
        self._settings = settings

    @property
    def book(self) -> RouteBook:
        return self._books.current

    async def chat(self, ask: Ask, send: Send) -> None:
        plan = (await self.book.route(ask)).plan(ask)
        async with AsyncExitStack() as stack:
            if not ask.streams:
                whole = Attempt(ask, _read_json, self._settings.timeout)
                await _send_whole(send, await first_to_answer(plan, whole, stack))
                return
            streamed = Attempt(ask, _open, self._settings.first_token_timeout)
            answered = await first_to_answer(plan, streamed, stack)
            price = answered.deployment.price
            cost = "0" if price == FREE else "unknown"
            await send_head(send, _headers(answered, cost) | {"content-type": sse.MEDIA_TYPE, **sse.HEADERS})
            async for piece in relay(answered.opened, price):
                await send_body(send, piece, more=True)
            await send_body(send, b"", more=False)

    async def embed(self, ask: Ask, send: Send) -> None:
        await self._to_inference(_with_default(ask, EMBEDDER), send)

    async def rerank(self, ask: Ask, send: Send) -> None:
        await self._to_inference(_with_default(ask, RERANKER), send)

    async def _to_inference(self, ask: Ask, send: Send) -> None:
        attempt = Attempt(ask, _read, self._settings.timeout)
        async with AsyncExitStack() as stack:
            await _send_whole(send, await first_to_answer(self.book.own(ask.wanted).plan(ask), attempt, stack))


def _with_default(ask: Ask, model: str) -> Ask:
    return ask if ask.wanted else replace(ask, body={**ask.body, "model": model})


def read_body(content: bytes) -> Mapping[str, Any]:
    """The JSON object of a request. Raises InvalidRequest."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get("model", ""), str):
        raise InvalidRequest("the body must be an object, and its 'model' a string")
    return body


def read_chat(content: bytes) -> Mapping[str, Any]:
    """A chat completion request; only what routing needs is looked at. Raises InvalidRequest."""
    body = read_body(content)
    if not body.get("model") or not isinstance(body.get("messages"), list) or not body["messages"]:
        raise InvalidRequest("a chat completion needs a 'model' and at least one of 'messages'")
    return body


async def _read(answer: Answer) -> bytes:
    return await answer.whole()


async def _read_json(answer: Answer) -> bytes:
    body = await answer.whole()
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DeploymentFailed("not_json", UpstreamError("the model's answer is not JSON")) from error
    return body


async def _open(answer: Answer) -> OpenedStream:
    return await open_stream(answer.events())


async def _send_whole(send: Send, answered: Answered[bytes]) -> None:
    cost = _cost(answered.opened, answered.deployment.price)
    await send_head(send, _headers(answered, cost) | {"content-type": "application/json"})
    await send_body(send, answered.opened, more=False)


def _cost(answer: bytes, price: Price | None) -> str:
    if price == FREE or price is None:
        return "unknown" if price is None else "0"
    cost = price.of(orjson.loads(answer).get("usage") or {})
    return "unknown" if cost is None else f"{cost:.10f}"


def _headers(answered: Answered[Any], cost: str) -> dict[str, str]:
    headers = {MODEL_HEADER: answered.model, COST_HEADER: cost}
    return headers | ({FALLBACK_HEADER: answered.fallback} if answered.fallback else {})
