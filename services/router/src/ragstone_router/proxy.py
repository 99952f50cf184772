"""Requests on their way to the models."""

from contextlib import AsyncExitStack
from typing import Any

import orjson
from starlette.types import Send

from ragstone_contracts.errors import InvalidRequest, UpstreamError
from ragstone_contracts.models import COST_HEADER, EMBEDDER, FALLBACK_HEADER, MODEL_HEADER, RERANKER
from ragstone_kit import sse
from ragstone_kit.identity import Caller
from ragstone_kit.transport import Response
from ragstone_router.answer_stream import open_stream, relay
from ragstone_router.deployment import FREE, Price
from ragstone_router.errors import DeploymentFailed
from ragstone_router.fallback import Answered, Ask, first_to_answer
from ragstone_router.proxied_response import send_body, send_head
from ragstone_router.routes import Routes
from ragstone_router.settings import RouterSettings


class Proxy:
    """Forwards a request to the route of its model and the answer to whoever asked."""

    def __init__(self, routes: Routes, settings: RouterSettings) -> None:
        self.routes = routes
        self._settings = settings

    async def chat(self, caller: Caller, body: dict[str, Any], send: Send) -> None:
        route = await self.routes.for_chat(body["model"], caller)
        async with AsyncExitStack() as stack:
            if not body.get("stream"):
                whole = Ask(caller, "/chat/completions", body, _read_json, self._settings.timeout)
                await _send_whole(send, await first_to_answer(route, body["model"], whole, stack))
                return
            streamed = Ask(caller, "/chat/completions", body, open_stream, self._settings.first_token_timeout)
            answered = await first_to_answer(route, body["model"], streamed, stack)
            price = answered.deployment.price
            cost = "0" if price == FREE else "unknown"
            await send_head(send, _headers(answered, cost) | {"content-type": sse.MEDIA_TYPE, **sse.HEADERS})
            async for piece in relay(answered.opened, price):
                await send_body(send, piece, more=True)
            await send_body(send, b"", more=False)

    async def embed(self, caller: Caller, body: dict[str, Any], send: Send) -> None:
        await self._to_inference(caller, "/embeddings", {"model": EMBEDDER} | body, send)

    async def rerank(self, caller: Caller, body: dict[str, Any], send: Send) -> None:
        await self._to_inference(caller, "/rerank", {"model": RERANKER} | body, send)

    async def _to_inference(self, caller: Caller, path: str, body: dict[str, Any], send: Send) -> None:
        deployment = self.routes.inference_for(body["model"])
        ask = Ask(caller, path, body, _read, self._settings.timeout)
        async with AsyncExitStack() as stack:
            await _send_whole(send, await first_to_answer([deployment], body["model"], ask, stack))


def read_body(content: bytes) -> dict[str, Any]:
    """The JSON object of a request. Raises InvalidRequest."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict) or not isinstance(body.get("model", ""), str):
        raise InvalidRequest("the body must be an object, and its 'model' a string")
    return body


def read_chat(content: bytes) -> dict[str, Any]:
    """A chat completion request; only what routing needs is looked at. Raises InvalidRequest."""
    body = read_body(content)
    if not body.get("model") or not isinstance(body.get("messages"), list) or not body["messages"]:
        raise InvalidRequest("a chat completion needs a 'model' and at least one of 'messages'")
    return body


async def _read(response: Response) -> bytes:
    return await response.read()


async def _read_json(response: Response) -> bytes:
    body = await response.read()
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DeploymentFailed("not_json", UpstreamError("the model's answer is not JSON")) from error
    return body


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
