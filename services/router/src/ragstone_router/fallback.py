"""The first deployment of a route that answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, Unavailable
from ragstone_kit.identity import Caller
from ragstone_kit.transport import Response
from ragstone_router.deployment import Deployment
from ragstone_router.errors import DeploymentFailed

Opened = TypeVar("Opened")


@dataclass(frozen=True)
class Ask(Generic[Opened]):
    """A request to the models of a route. ``open`` reads an answer as far as it takes to be sure that it is one;
    ``patience`` bounds, in seconds, how long that may take."""

    caller: Caller
    path: str
    body: dict[str, Any]
    open: Callable[[Response], Awaitable[Opened]]
    patience: float


@dataclass(frozen=True)
class Answered(Generic[Opened]):
    """``fallback`` is what FALLBACK_HEADER says; None when the wanted model answered."""

    deployment: Deployment
    model: str
    opened: Opened
    fallback: str | None


async def first_to_answer(
    route: Sequence[Deployment], wanted: str, ask: Ask[Opened], stack: AsyncExitStack
) -> Answered[Opened]:
    """Ask one deployment after the other; the answer stays open as long as ``stack``.

    Raises the last failure's error when none answers, and at once whatever is the request's own fault.
    """
    reasons: list[tuple[str, str]] = []
    last_error: RagstoneError = Unavailable("no model of the route answers")
    for deployment in route:
        name = deployment.model or wanted
        # The last resort is always tried: refusing it gains nothing.
        if deployment.breaker.is_open and deployment is not route[-1]:
            reasons.append((name, "breaker_open"))
            continue
        try:
            model, opened = await _attempt(deployment, ask, stack)
        except DeploymentFailed as failure:
            reasons.append((name, failure.reason))
            last_error = failure.error
        else:
            return Answered(deployment, model, opened, "; ".join(reasons[0]) if reasons else None)
    raise last_error


async def _attempt(deployment: Deployment, ask: Ask[Opened], stack: AsyncExitStack) -> tuple[str, Opened]:
    deployment.breaker.begin()
    try:
        async with AsyncExitStack() as attempt, asyncio.timeout(_patience(ask)):
            model = await deployment.model_name(ask.caller)
            body = orjson.dumps(ask.body | {"model": model})
            response = await attempt.enter_async_context(deployment.send(ask.caller, ask.path, body))
            opened = await ask.open(response)
            await stack.enter_async_context(attempt.pop_all())
    except TimeoutError as error:
        raise _noted(deployment, ask, DeploymentFailed("timeout", DeadlineExceeded("no word in time"))) from error
    except DeploymentFailed as failure:
        raise _noted(deployment, ask, failure) from failure
    deployment.breaker.succeeded()
    return model, opened


def _noted(deployment: Deployment, ask: Ask[Any], failure: DeploymentFailed) -> Exception:
    """The failure, held against the deployment unless the caller's own deadline cut it short."""
    left = ask.caller.seconds_left()
    if failure.reason == "timeout" and left is not None and left <= 0:
        return DeadlineExceeded()
    deployment.breaker.failed()
    return failure


def _patience(ask: Ask[Any]) -> float:
    left = ask.caller.seconds_left()
    return ask.patience if left is None else min(ask.patience, left)
