"""A lane: one deployment after another is asked, until one speaks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar

from ragstone_contracts.errors import DeadlineExceeded
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.limits.accounts import Charge
from ragstone_router.providers.port import Answer
from ragstone_router.routing.candidates import Candidates
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.hedging import Hedge
from ragstone_router.routing.outcomes import OF_THE_REQUEST
from ragstone_router.routing.retry_budget import RetryBudget

Opened = TypeVar("Opened")


@dataclass(frozen=True)
class Attempt(Generic[Opened]):
    """``open`` reads an answer as far as it takes to be sure that it is one; ``patience`` bounds that, in seconds.

    ``charge`` is the request's account, ``another_charge`` opens one for a second deployment that is asked besides.
    """

    open: Callable[[Answer], Awaitable[Opened]]
    patience: float
    charge: Charge
    another_charge: Callable[[], Awaitable[Charge]]
    retries: RetryBudget
    hedge: Hedge | None = None

    def seconds(self, most: float) -> float:
        """So many seconds, or those that are left until the caller's deadline. Raises DeadlineExceeded."""
        left = self.charge.ask.caller.seconds_left()
        if left is not None and left <= 0:
            raise DeadlineExceeded
        return most if left is None else min(most, left)


@dataclass(frozen=True)
class Spoken(Generic[Opened]):
    """An answer that has begun; ``held`` is what it is read through, open until it is closed."""

    deployment: Deployment
    model: str
    opened: Opened
    held: AsyncExitStack
    charge: Charge


@dataclass
class Lane(Generic[Opened]):
    """``first`` is asked before the candidates: it was taken from them already. ``asked`` is being asked now."""

    candidates: Candidates
    attempt: Attempt[Opened]
    charge: Charge
    first: Deployment | None = None
    asked: Deployment | None = None
    since: float = 0.0

    async def run(self) -> Spoken[Opened]:
        """Raises the last failure's error when none answers, and at once whatever is the request's own fault."""
        deployment = self.first or await self.candidates.next(self.charge)
        while deployment is not None:
            self.asked, self.since = deployment, time.monotonic()
            try:
                return await self._try(deployment)
            except (DeploymentFailed, ModelRefused) as failure:
                self.asked = None
                if isinstance(failure, ModelRefused):
                    raise
                self.candidates.failed(deployment, failure)
            deployment = await self.candidates.next(self.charge)
        raise self.candidates.error

    async def _try(self, deployment: Deployment) -> Spoken[Opened]:
        ask, attempt = self.charge.ask, self.attempt
        deployment.breaker.begin()
        try:
            async with AsyncExitStack() as trial, asyncio.timeout(attempt.seconds(attempt.patience)):
                trial.enter_context(deployment.occupied())
                model = await deployment.model_name(ask)
                exchange = deployment.provider.ask(ask, model, attempt.seconds(deployment.timeout))
                opened = await attempt.open(await trial.enter_async_context(exchange))
                held = trial.pop_all()
        except TimeoutError as error:
            raise self._noted(deployment, DeploymentFailed("timeout", DeadlineExceeded("no word in time"))) from error
        except DeploymentFailed as failure:
            raise self._noted(deployment, failure) from failure
        except ModelRefused:
            deployment.breaker.spoke()
            raise
        deployment.breaker.spoke()
        self.waited()
        return Spoken(deployment, model, opened, held, self.charge)

    def _noted(self, deployment: Deployment, failure: DeploymentFailed) -> Exception:
        """The failure, held against the deployment unless the caller's own deadline cut it short."""
        left = self.charge.ask.caller.seconds_left()
        if failure.reason == "timeout" and left is not None and left <= 0:
            return DeadlineExceeded()
        if failure.reason in OF_THE_REQUEST:
            deployment.breaker.spoke()
        else:
            deployment.breaker.failed(failure.retry_after)
        return failure

    def waited(self) -> None:
        """Remember how long the one that is being asked took until now."""
        if self.attempt.hedge is not None and self.asked is not None:
            self.attempt.hedge.noted(self.asked, self.charge.ask, time.monotonic() - self.since)
