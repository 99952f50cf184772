"""The requests that are forwarded to models, taken before the framework's routes.

A route of the framework would cost as much as all that is done here: solving its parameters, a response, its layers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragstone_contracts.errors import RagstoneError
from ragstone_router.ask import CHAT, EMBED, RERANK, Ask
from ragstone_router.errors import error_response
from ragstone_router.keys.callers import Callers
from ragstone_router.proxy import Proxy, read_body, read_chat

Answer = Callable[[Ask, Send], Awaitable[None]]


@dataclass(frozen=True)
class _Route:
    """``path`` is also what the metrics call it."""

    path: str
    asks: str
    read: Callable[[bytes], Mapping[str, Any]]
    answer: Callable[[Proxy], Answer]


_ROUTES = {
    route.path: route
    for route in (
        _Route("/v1" + CHAT, CHAT, read_chat, lambda proxy: proxy.chat),
        _Route("/v1" + EMBED, EMBED, read_body, lambda proxy: proxy.embed),
        _Route("/v1" + RERANK, RERANK, read_body, lambda proxy: proxy.rerank),
    )
}


class Forwarding:
    """Hands every other request on to ``app``. Errors before the head is sent become problem documents."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = _ROUTES.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        try:
            await _forward(route, scope, receive, send)
        except ClientDisconnect:
            pass  # there is nobody to answer
        except RagstoneError as error:
            await error_response(error)(scope, receive, send)


async def _forward(route: _Route, scope: Scope, receive: Receive, send: Send) -> None:
    state, headers = scope["app"].state, Headers(scope=scope)
    callers: Callers = state.callers
    caller = await callers.of(headers)
    ask = Ask(caller, route.asks, route.read(await _body(receive)), headers)
    await while_client_stays(route.answer(state.proxy), ask, receive, send)


async def _body(receive: Receive) -> bytes:
    pieces = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


async def while_client_stays(answer: Answer, ask: Ask, receive: Receive, send: Send) -> None:
    """Run ``answer`` to its end, or until the client leaves before all was sent: that cancels it wherever it waits."""
    answering, complete, left = asyncio.current_task(), False, False

    async def sending(message: Message) -> None:
        nonlocal complete
        complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await send(message)

    async def watch() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass
        # A server says so after a whole response too; what is settled then is not to be cut short.
        if not complete and answering is not None:
            left = answering.cancel()

    watching = asyncio.create_task(watch())
    try:
        await answer(ask, sending)
    except asyncio.CancelledError:
        if not left or answering is None or answering.uncancel():
            raise
    finally:
        watching.cancel()
