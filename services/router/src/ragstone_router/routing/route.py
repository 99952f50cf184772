"""What a model's name stands for."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ragstone_router.ask import CHAT, Ask
from ragstone_router.caching.config import CacheConfig
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.hedging import Hedge
from ragstone_router.routing.policies import Policy, priority
from ragstone_router.routing.sticky import Sticky


@dataclass(frozen=True)
class Share:
    """A part of a route's requests that another deployment gets: ``percent`` of them by chance.

    With a ``header`` those that carry it with the value ``true`` or ``always`` get it besides, and with ``false`` or
    ``never`` not.
    """

    deployment: Deployment
    percent: float
    header: str | None = None

    def falls_on(self, ask: Ask) -> bool:
        said = ask.headers.get(self.header or "", "").lower()
        if said in ("true", "always"):
            return True
        return said not in ("false", "never") and random.random() * 100 < self.percent


@dataclass(frozen=True)
class Plan:
    """The deployments to ask, in order, and why others were left out: (name, reason)."""

    deployments: Sequence[Deployment]
    left_out: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Route:
    """``least_quality`` keeps deployments of less out. ``shadow`` gets a copy of its share and answers nobody."""

    name: str
    deployments: Sequence[Deployment]
    policy: Policy = priority
    least_quality: float = 0.0
    canary: Share | None = None
    shadow: Share | None = None
    cache: CacheConfig | None = None
    path: str = CHAT
    """What can be asked of it: CHAT, EMBED or RERANK."""
    dimensions: int | None = None
    hedge: Hedge | None = None

    def plan(self, ask: Ask) -> Plan:
        """Who may answer, in the policy's order, a canary first; those that cannot are left out with the reason."""
        suits: list[Deployment] = []
        left_out: list[tuple[str, str]] = []
        for deployment in self.deployments:
            reason = deployment.suits(ask) or ("quality" if deployment.quality < self.least_quality else None)
            if reason is None:
                suits.append(deployment)
            else:
                left_out.append((deployment.name, reason))
        return Plan([*self._canary(ask), *self.policy(suits, ask)], left_out)

    def answered(self, ask: Ask, deployment: Deployment) -> None:
        """Who answered: a sticky policy goes by it."""
        if isinstance(self.policy, Sticky):
            self.policy.answered(ask, deployment)

    def _canary(self, ask: Ask) -> list[Deployment]:
        taken = self.canary is not None and self.canary.falls_on(ask) and self.canary.deployment.suits(ask) is None
        return [self.canary.deployment] if taken and self.canary is not None else []
