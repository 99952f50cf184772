"""Asking the deployments of a plan, one after the other, until one answers; of a hedged route two at a time."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Generic

from ragstone_router.limits.accounts import Charge
from ragstone_router.routing.candidates import Candidates
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.lane import Attempt, Lane, Opened
from ragstone_router.routing.racing import raced
from ragstone_router.routing.route import Plan


@dataclass(frozen=True)
class Answered(Generic[Opened]):
    """``fallback`` is what FALLBACK_HEADER says; None when the first deployment of the plan answered."""

    deployment: Deployment
    model: str
    opened: Opened
    fallback: str | None
    charge: Charge


async def first_to_answer(plan: Plan, attempt: Attempt[Opened], stack: AsyncExitStack) -> Answered[Opened]:
    """The first answer; it stays open as long as ``stack``, and is charged for.

    Raises the last failure's error when none answers, and at once whatever is the request's own fault.
    """
    candidates = Candidates(plan, attempt.retries)
    lane = Lane(candidates, attempt, attempt.charge)
    hedge = attempt.hedge
    after = hedge.seconds(plan.deployments[0], attempt.charge.ask) if hedge and len(plan.deployments) > 1 else None
    spoken = await (lane.run() if after is None else raced(lane, after))
    await stack.enter_async_context(spoken.held)
    spoken.charge.answers(spoken.deployment, spoken.model)
    fallback = "; ".join(candidates.reasons[0]) if candidates.reasons else None
    return Answered(spoken.deployment, spoken.model, spoken.opened, fallback, spoken.charge)
