"""The deployments of a plan, each handed out once, to be asked now."""

from collections import deque

from ragstone_contracts.errors import RagstoneError
from ragstone_router.errors import DeploymentFailed
from ragstone_router.limits.accounts import Charge
from ragstone_router.limits.port import LimitReached
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.hedging import both_within_budget
from ragstone_router.routing.outcomes import nobody, told
from ragstone_router.routing.retry_budget import RetryBudget
from ragstone_router.routing.route import Plan


class Candidates:
    """``reasons`` are why deployments of the plan do not answer, in order: (name, reason)."""

    def __init__(self, plan: Plan, retries: RetryBudget) -> None:
        self._left = deque(plan.deployments)
        self._retries = retries
        self._begun = False
        self._plan = plan
        self._error: RagstoneError | None = None
        self.reasons = [*plan.left_out]
        retries.asked()

    @property
    def error(self) -> RagstoneError:
        """What the caller is told when nobody answers."""
        return self._error or nobody(self._plan)

    async def next(self, charge: Charge) -> Deployment | None:
        """The next to ask, admitted by the charge; None when there is none or there were calls enough.

        Raises LimitReached.
        """
        while self._left:
            deployment = self._left.popleft()
            # The last resort is always tried: refusing it gains nothing.
            if self._left and (busy := _why_not_now(deployment)):
                self.reasons.append((deployment.model or deployment.name, busy))
                continue
            try:
                await charge.admit(deployment)
            except DeploymentFailed as failure:
                self.failed(deployment, failure)
                continue
            if self._begun and not self._retries.take():
                return None
            self._begun = True
            return deployment
        return None

    async def hedge(self, charge: Charge, beside: Deployment) -> Deployment | None:
        """The next, to be asked besides another one; None when it is busy or what is left does not allow for both.

        It stays for its turn then.
        """
        if not self._left or _why_not_now(self._left[0]) or not both_within_budget(charge.ask, beside, self._left[0]):
            return None
        if not self._retries.take():
            return None
        deployment = self._left.popleft()
        try:
            await charge.admit(deployment)
        except (DeploymentFailed, LimitReached):
            self._left.appendleft(deployment)
            return None
        return deployment

    def failed(self, deployment: Deployment, failure: DeploymentFailed) -> None:
        self.reasons.append((deployment.model or deployment.name, failure.reason))
        self._error = told(failure)


def _why_not_now(deployment: Deployment) -> str | None:
    if deployment.breaker.is_open:
        return "breaker_open"
    return "full" if deployment.is_full else None
