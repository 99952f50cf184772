"""Listening to an answer that is being sent, so that it can be kept when it is whole and good."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.types import Message, Send

from ragstone_contracts.models import CACHE_HEADER, FALLBACK_HEADER, MODEL_HEADER
from ragstone_router.ask import CHAT
from ragstone_router.caching.assembling import NotWhole, assembled
from ragstone_router.routing.route import Route

_GOOD_ENDS = frozenset({"stop", "tool_calls", "function_call"})


class Recorder:
    """Passes an answer on as it is, says that it was not kept before, and remembers it up to ``most`` bytes.

    ``before_end`` runs before the last piece goes out: whoever has the answer can be sure that it is kept, and a client
    that leaves with the last piece does not keep it from being so.
    """

    def __init__(self, send: Send, most: int, before_end: "Callable[[Recorder], Awaitable[None]]") -> None:
        self._send = send
        self._before_end = before_end
        self._left = most
        self._pieces: list[bytes] = []
        self._ended = False
        self.headers: Mapping[str, str] = {}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
            message = {**message, "headers": [*message["headers"], (CACHE_HEADER.encode(), b"miss")]}
        else:
            self._listen(message)
        if self._ended:
            await self._before_end(self)
        await self._send(message)

    def _listen(self, message: Message) -> None:
        body = message.get("body", b"")
        self._left -= len(body)
        if self._left >= 0:
            self._pieces.append(body)
        self._ended = not message.get("more_body", False)

    def answer(self, route: Route, path: str) -> bytes | None:
        """The whole answer if it may be given to others: a good one, by the deployments that were wanted."""
        if self._left < 0 or not self._by_the_wanted(route):
            return None
        body = b"".join(self._pieces)
        try:
            if self.headers.get("content-type", "").startswith("text/event-stream"):
                body = assembled(body)
            return body if _is_good(orjson.loads(body), path) else None
        except (NotWhole, orjson.JSONDecodeError):
            return None

    def _by_the_wanted(self, route: Route) -> bool:
        if FALLBACK_HEADER in self.headers:
            return False
        if route.canary is None:
            return True
        tried = route.canary.deployment.model
        return tried != self.headers.get(MODEL_HEADER) or any(one.model == tried for one in route.deployments)


def _is_good(answer: Any, path: str) -> bool:
    """Whether it is what was asked for, to its end: nothing refused, cut short or empty."""
    if not isinstance(answer, dict) or "error" in answer:
        return False
    if path != CHAT:
        return bool(answer.get("data") or answer.get("results"))
    choices = answer.get("choices") or []
    return bool(choices) and all(map(_ended_well, choices))


def _ended_well(choice: Mapping[str, Any]) -> bool:
    message = choice.get("message") or {}
    if choice.get("finish_reason") not in _GOOD_ENDS or message.get("refusal"):
        return False
    return bool(message.get("content") or message.get("tool_calls") or message.get("function_call"))
