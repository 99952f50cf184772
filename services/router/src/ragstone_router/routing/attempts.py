"""Asking the deployments of a plan, one after the other, until one answers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, Unavailable, UpstreamError
from ragstone_router.ask import Ask
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.providers.failures import CONTENT_REFUSED, CONTEXT_OVERFLOW
from ragstone_router.providers.port import Answer
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.retry_budget import RetryBudget
from ragstone_router.routing.route import Plan

Opened = TypeVar("Opened")

_OF_THE_REQUEST = frozenset({CONTEXT_OVERFLOW, CONTENT_REFUSED, "incapable"})
"""Failures that say nothing of how the deployment fares."""
_COME_AGAIN = frozenset({"http_429", "http_503", "http_529"})


@dataclass(frozen=True)
class Attempt(Generic[Opened]):
    """``open`` reads an answer as far as it takes to be sure that it is one; ``patience`` bounds that, in seconds.

    ``admit`` is asked before a deployment is: raising DeploymentFailed it keeps the request from that one.
    """

    ask: Ask
    open: Callable[[Answer], Awaitable[Opened]]
    patience: float
    admit: Callable[[Deployment], Awaitable[None]]
    retries: RetryBudget

    def seconds(self, most: float) -> float:
        """So many seconds, or those that are left until the caller's deadline. Raises DeadlineExceeded."""
        left = self.ask.caller.seconds_left()
        if left is not None and left <= 0:
            raise DeadlineExceeded
        return most if left is None else min(most, left)


@dataclass(frozen=True)
class Answered(Generic[Opened]):
    """``fallback`` is what FALLBACK_HEADER says; None when the first deployment of the plan answered."""

    deployment: Deployment
    model: str
    opened: Opened
    fallback: str | None


async def first_to_answer(plan: Plan, attempt: Attempt[Opened], stack: AsyncExitStack) -> Answered[Opened]:
    """The first answer; it stays open as long as ``stack``.

    Raises the last failure's error when none answers, and at once whatever is the request's own fault.
    """
    reasons = [*plan.left_out]
    attempt.retries.asked()
    tried = False
    last_error = _nobody(plan)
    for deployment in plan.deployments:
        # The last resort is always tried: refusing it gains nothing.
        if deployment is not plan.deployments[-1] and (busy := _why_not_now(deployment)):
            reasons.append((deployment.model or deployment.name, busy))
            continue
        try:
            await attempt.admit(deployment)
            if tried and not attempt.retries.take():
                break
            tried = True
            model, opened = await _try(deployment, attempt, stack)
        except DeploymentFailed as failure:
            reasons.append((deployment.model or deployment.name, failure.reason))
            last_error = _told(failure)
        else:
            return Answered(deployment, model, opened, "; ".join(reasons[0]) if reasons else None)
    raise last_error


def _why_not_now(deployment: Deployment) -> str | None:
    if deployment.breaker.is_open:
        return "breaker_open"
    return "full" if deployment.is_full else None


async def _try(deployment: Deployment, attempt: Attempt[Opened], stack: AsyncExitStack) -> tuple[str, Opened]:
    deployment.breaker.begin()
    try:
        async with AsyncExitStack() as trial, asyncio.timeout(attempt.seconds(attempt.patience)):
            trial.enter_context(deployment.occupied())
            model = await deployment.model_name(attempt.ask)
            exchange = deployment.provider.ask(attempt.ask, model, attempt.seconds(deployment.timeout))
            opened = await attempt.open(await trial.enter_async_context(exchange))
            await stack.enter_async_context(trial.pop_all())
    except TimeoutError as error:
        raise _noted(deployment, attempt, DeploymentFailed("timeout", DeadlineExceeded("no word in time"))) from error
    except DeploymentFailed as failure:
        raise _noted(deployment, attempt, failure) from failure
    except ModelRefused:
        deployment.breaker.spoke()
        raise
    deployment.breaker.spoke()
    return model, opened


def _noted(deployment: Deployment, attempt: Attempt[Opened], failure: DeploymentFailed) -> Exception:
    """The failure, held against the deployment unless the caller's own deadline cut it short."""
    left = attempt.ask.caller.seconds_left()
    if failure.reason == "timeout" and left is not None and left <= 0:
        return DeadlineExceeded()
    if failure.reason in _OF_THE_REQUEST:
        deployment.breaker.spoke()
    else:
        deployment.breaker.failed(failure.retry_after)
    return failure


def _told(failure: DeploymentFailed) -> RagstoneError:
    """What the caller is told when nobody else answers: whether it makes sense to come again, and when."""
    if failure.reason in _OF_THE_REQUEST:
        return ModelRefused(400, failure.error.detail)
    if failure.reason in _COME_AGAIN and isinstance(failure.error, UpstreamError):
        return Unavailable(failure.error.detail, retry_after=failure.retry_after)
    return failure.error


def _nobody(plan: Plan) -> RagstoneError:
    """What is told when there is nobody to ask."""
    why = ", ".join(f"{name} ({reason})" for name, reason in plan.left_out)
    if why and all(reason in ("incapable", CONTEXT_OVERFLOW) for _, reason in plan.left_out):
        return ModelRefused(400, f"no model of the route can take this request: {why}")
    return Unavailable("no model of the route can answer this request")
