"""A kept answer where there is one; else the model's own, which is then kept."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from prometheus_client import Counter
from starlette.types import Send

from ragstone_contracts.models import CACHE_HEADER, COST_HEADER, MODEL_HEADER
from ragstone_kit import sse
from ragstone_router.ask import CHAT, EMBED, Ask
from ragstone_router.caching.assembling import streamed
from ragstone_router.caching.config import CacheConfig
from ragstone_router.caching.control import Control, read_control
from ragstone_router.caching.keys import key_of, may_be_kept, question_of
from ragstone_router.caching.port import AnswerStore, Kept
from ragstone_router.caching.questions import Questions
from ragstone_router.caching.recording import Recorder
from ragstone_router.caching.semantic import Sought, seek
from ragstone_router.limits.accounts import Accounts
from ragstone_router.proxied_response import send_body, send_head
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.route import Route

_PATIENCE = 10.0
"""Seconds a request waits for the answer to an equal one that is being written already."""
_LARGEST = 2**20

_served = Counter("ragstone_router_cache_total", "Requests to routes that keep answers.", ["model", "outcome"])

Produce = Callable[[Send], Awaitable[None]]


@dataclass(frozen=True)
class Wanted:
    """A request to a route that keeps answers."""

    book: RouteBook
    route: Route
    ask: Ask
    config: CacheConfig
    control: Control
    key: str


class AnswerCache:
    def __init__(self, store: AnswerStore, accounts: Accounts, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._questions = Questions()
        self._running: dict[str, asyncio.Event] = {}

    async def serve(self, book: RouteBook, route: Route, ask: Ask, send: Send, produce: Produce) -> None:
        """Send a kept answer; without one let ``produce`` send its own, and keep that if it is good."""
        wanted = _wanted(book, route, ask)
        if wanted is None:
            await produce(send)
        elif (kept := await self._find(wanted)) is not None:
            await self._give(wanted, kept, "hit", send)
        elif not wanted.control.reads:
            await self._produce(wanted, None, send, produce)
        elif wanted.key in self._running:
            await self._after_another(wanted, send, produce)
        else:
            await self._first(wanted, send, produce)

    async def _find(self, wanted: Wanted) -> Kept | None:
        if not wanted.control.reads:
            return None
        return await self._young(wanted.key, min(wanted.config.seconds, wanted.control.most_seconds))

    async def _young(self, key: str, seconds: float) -> Kept | None:
        kept = await self._store.find(key)
        return kept if kept is not None and self._clock() - kept.at <= seconds else None

    async def _after_another(self, wanted: Wanted, send: Send, produce: Produce) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self._running[wanted.key].wait()
        if (kept := await self._find(wanted)) is not None:
            await self._give(wanted, kept, "hit", send)
        else:
            await self._produce(wanted, None, send, produce)

    async def _first(self, wanted: Wanted, send: Send, produce: Produce) -> None:
        done = self._running[wanted.key] = asyncio.Event()
        try:
            sought = await self._seek(wanted)
            if sought is not None and (kept := await self._of_another(wanted, sought)) is not None:
                await self._give(wanted, kept, "semantic", send)
            else:
                await self._produce(wanted, sought, send, produce)
        finally:
            done.set()
            if self._running.get(wanted.key) is done:
                del self._running[wanted.key]

    async def _seek(self, wanted: Wanted) -> Sought | None:
        config, ask = wanted.config, wanted.ask
        question = question_of(ask, wanted.route, config) if config.semantic is not None else None
        if config.semantic is None or question is None:
            return None
        return await seek(self._questions, wanted.book.inference, config.semantic, ask, question)

    async def _of_another(self, wanted: Wanted, sought: Sought) -> Kept | None:
        semantic = wanted.config.semantic
        if semantic is None or sought.key is None:
            return None
        return await self._young(sought.key, min(semantic.seconds, wanted.control.most_seconds))

    async def _produce(self, wanted: Wanted, sought: Sought | None, send: Send, produce: Produce) -> None:
        _served.labels(wanted.ask.wanted, "miss").inc()
        await produce(Recorder(send, _LARGEST, partial(self._keep, wanted, sought)))

    async def _keep(self, wanted: Wanted, sought: Sought | None, recorder: Recorder) -> None:
        answer = recorder.answer(wanted.route, wanted.ask.path)
        if answer is not None and wanted.control.writes:
            kept = Kept(answer, recorder.headers.get(MODEL_HEADER, wanted.ask.wanted), self._clock())
            await self._store.keep(wanted.key, kept, wanted.config.seconds)
            if sought is not None:
                self._questions.add(sought.question, sought.vector, wanted.key)

    async def _give(self, wanted: Wanted, kept: Kept, how: str, send: Send) -> None:
        _served.labels(wanted.ask.wanted, how).inc()
        # It is a request like any other, which takes nothing of a model.
        takes_nothing = replace(wanted.ask, path=EMBED, body={"model": wanted.ask.wanted})
        async with self._accounts.charge(takes_nothing, wanted.book.rules) as charge:
            deployment = Deployment("cache", wanted.book.inference, kept.model)
            await charge.admit(deployment)
            charge.answers(deployment, kept.model)
            charge.counted({"prompt_tokens": 0, "completion_tokens": 0})
            age = max(0, int(self._clock() - kept.at))
            headers = {MODEL_HEADER: kept.model, COST_HEADER: "0", CACHE_HEADER: f"{how}; age={age}"}
            await _send(wanted.ask, kept.body, headers, send)

    async def close(self) -> None:
        await self._store.close()


def _wanted(book: RouteBook, route: Route, ask: Ask) -> Wanted | None:
    """None when the request has nothing to do with kept answers."""
    config = route.cache
    if config is None or not config.is_on or not may_be_kept(ask, config):
        return None
    control = read_control(ask.headers.get("cache-control", ""))
    asks_for_canary = route.canary is not None and ask.headers.get(route.canary.header or "")
    if asks_for_canary or not (control.reads or control.writes):
        return None
    return Wanted(book, route, ask, config, control, key_of(ask, route, config))


async def _send(ask: Ask, body: bytes, headers: dict[str, str], send: Send) -> None:
    if ask.path == CHAT and ask.streams:
        with_usage = bool((ask.body.get("stream_options") or {}).get("include_usage"))
        await send_head(send, headers | {"content-type": sse.MEDIA_TYPE, **sse.HEADERS})
        await send_body(send, streamed(body, with_usage=with_usage), more=False)
    else:
        await send_head(send, headers | {"content-type": "application/json"})
        await send_body(send, body, more=False)
