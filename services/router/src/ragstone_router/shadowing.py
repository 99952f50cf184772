"""Shadow traffic: a copy of some requests goes to a deployment that is being tried; nobody gets its answers."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

from prometheus_client import Counter, Histogram

from ragstone_contracts.errors import RagstoneError
from ragstone_kit.logs import get_logger
from ragstone_router.ask import Ask
from ragstone_router.errors import DeploymentFailed
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.route import Route

_AT_ONCE = 32
_log = get_logger(__name__)

_answers = Counter("ragstone_router_shadow_answers_total", "Requests copied to a shadow.", ["deployment", "outcome"])
_seconds = Histogram("ragstone_router_shadow_seconds", "Seconds until a shadow had answered.", ["deployment"])


class Shadows:
    """At most so many at once: what comes in between is not copied."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def follow(self, route: Route, ask: Ask) -> None:
        """Send the copy if the request falls to the route's shadow; returns at once."""
        shadow = route.shadow
        if shadow is None or len(self._running) >= _AT_ONCE or not shadow.falls_on(ask):
            return
        task = asyncio.create_task(_copied(shadow.deployment, ask))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _copied(deployment: Deployment, ask: Ask) -> None:
    body = {name: value for name, value in ask.body.items() if name not in ("stream", "stream_options")}
    copy = replace(ask, body=body)
    outcome = "answered"
    with _seconds.labels(deployment.name).time():
        try:
            async with AsyncExitStack() as stack, asyncio.timeout(deployment.timeout):
                model = await deployment.model_name(copy)
                answer = await stack.enter_async_context(deployment.provider.ask(copy, model, deployment.timeout))
                await answer.whole()
        except (DeploymentFailed, RagstoneError, TimeoutError) as error:
            outcome = error.reason if isinstance(error, DeploymentFailed) else type(error).__name__
            _log.info("a shadow did not answer", deployment=deployment.name, reason=outcome)
    _answers.labels(deployment.name, outcome).inc()
