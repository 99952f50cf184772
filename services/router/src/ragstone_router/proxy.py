"""Requests on their way to the models."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from starlette.types import Send

from ragstone_contracts.errors import DeadlineExceeded, InvalidRequest
from ragstone_contracts.models import COST_HEADER, EMBEDDER, FALLBACK_HEADER, MODEL_HEADER, RERANKER
from ragstone_kit import sse
from ragstone_router.ask import CHAT, Ask
from ragstone_router.caching.serving import AnswerCache
from ragstone_router.events import OpenedStream, open_stream, partial_event, relay
from ragstone_router.limits.accounts import Accounts, Charge
from ragstone_router.price import FREE
from ragstone_router.providers.port import Answer
from ragstone_router.proxied_response import send_body, send_head
from ragstone_router.routing.attempts import Answered, first_to_answer
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.lane import Attempt, Opened
from ragstone_router.routing.live import LiveBook
from ragstone_router.routing.retry_budget import RetryBudget
from ragstone_router.routing.route import Route
from ragstone_router.settings import RouterSettings
from ragstone_router.shadowing import Shadows
from ragstone_router.whole_answers import read_whole, usage_of


class Proxy:
    """Forwards a request to the route of its model and the answer to whoever asked."""

    def __init__(self, books: LiveBook, accounts: Accounts, answers: AnswerCache, settings: RouterSettings) -> None:
        self._books = books
        self.accounts = accounts
        self._answers = answers
        self._settings = settings
        self._retries = RetryBudget()
        self.shadows = Shadows()

    @property
    def book(self) -> RouteBook:
        return self._books.current

    async def chat(self, ask: Ask, send: Send) -> None:
        await self._serve(ask, send)

    async def embed(self, ask: Ask, send: Send) -> None:
        await self._serve(_with_default(ask, EMBEDDER), send)

    async def rerank(self, ask: Ask, send: Send) -> None:
        await self._serve(_with_default(ask, RERANKER), send)

    async def _serve(self, ask: Ask, send: Send) -> None:
        route = await self.book.route(ask)
        if route.cache is None:
            await self._forward(route, ask, send)
        else:
            await self._answers.serve(self.book, route, ask, send, partial(self._forward, route, ask))

    async def _forward(self, route: Route, ask: Ask, send: Send) -> None:
        self.shadows.follow(route, ask)
        async with AsyncExitStack() as stack:
            charge = await stack.enter_async_context(self.accounts.charge(ask, self.book.rules))
            if ask.path == CHAT and ask.streams:
                patience = self._settings.first_token_timeout
                answered = await self._answer(route, charge, (_open, patience), stack)
                await _send_stream(send, answered, self._settings.answer_timeout)
            else:
                reading = partial(read_whole, route=route, ask=ask)
                answer = await self._answer(route, charge, (reading, self._settings.timeout), stack)
                await _send_whole(send, answer)

    async def _answer(
        self,
        route: Route,
        charge: Charge,
        reading: tuple[Callable[[Answer], Awaitable[Opened]], float],
        stack: AsyncExitStack,
    ) -> Answered[Opened]:
        opening, patience = reading
        ask = charge.ask

        async def another_charge() -> Charge:
            other = await stack.enter_async_context(self.accounts.charge(ask, self.book.rules))
            other.hides_usage = charge.hides_usage
            return other

        attempt = Attempt(opening, patience, charge, another_charge, self._retries, route.hedge)
        answered = await first_to_answer(route.plan(ask), attempt, stack)
        route.answered(ask, answered.deployment)
        return answered


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


async def _open(answer: Answer) -> OpenedStream:
    return await open_stream(answer.events())


async def _send_whole(send: Send, answered: Answered[bytes]) -> None:
    charge = answered.charge
    if (usage := usage_of(answered.opened)) is not None:
        charge.counted(usage)
    cost = charge.cost if charge.usage is not None or answered.deployment.price == FREE else None
    await send_head(send, _headers(answered, cost) | {"content-type": "application/json"})
    answered.deployment.breaker.ended(None)
    await send_body(send, answered.opened, more=False)


async def _send_stream(send: Send, answered: Answered[OpenedStream], most: float) -> None:
    charge, left = answered.charge, answered.charge.ask.caller.seconds_left()
    cost = 0.0 if answered.deployment.price == FREE else None
    await send_head(send, _headers(answered, cost) | {"content-type": sse.MEDIA_TYPE, **sse.HEADERS})
    try:
        async with asyncio.timeout(most if left is None else min(most, left)):
            async for piece in relay(answered.opened, charge):
                await send_body(send, piece, more=True)
    except TimeoutError:
        await send_body(send, partial_event(DeadlineExceeded()), more=True)
    else:
        answered.deployment.breaker.ended(answered.opened.failure)
    await send_body(send, b"", more=False)


def _headers(answered: Answered[Any], cost: float | None) -> dict[str, str]:
    said = "unknown" if cost is None else f"{cost:.12f}".rstrip("0").rstrip(".")
    headers = {MODEL_HEADER: answered.model, COST_HEADER: said, **answered.charge.limit_headers}
    return headers | ({FALLBACK_HEADER: answered.fallback} if answered.fallback else {})
