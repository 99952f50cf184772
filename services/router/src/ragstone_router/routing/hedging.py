"""Hedging: when the first word is late, a second deployment is asked too, and the first of both to speak answers."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ragstone_router.ask import Ask
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.policies import cost_of

_KEPT, _ENOUGH = 200, 20


@dataclass(frozen=True)
class Hedge:
    """After ``after_seconds``, or when that ``percentile`` of the deployment's last two hundred answers had come;
    of these there must have been twenty, streamed and whole ones apart."""

    after_seconds: float | None = None
    percentile: float | None = None
    _waits: dict[tuple[str, bool], deque[float]] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.percentile is None:
            return f"after {self.after_seconds:g} s"
        return f"when {self.percentile:g} % of its last answers had"

    def seconds(self, deployment: Deployment, ask: Ask) -> float | None:
        """How long to wait for the first word before another is asked; None: for ever."""
        if self.percentile is None:
            return self.after_seconds
        waits = self._waits.get((deployment.name, ask.streams), ())
        return None if len(waits) < _ENOUGH else _percentile(waits, self.percentile)

    def noted(self, deployment: Deployment, ask: Ask, seconds: float) -> None:
        """It took so long to speak, or was given up after that."""
        if self.percentile is not None:
            waits = self._waits.setdefault((deployment.name, ask.streams), deque(maxlen=_KEPT))
            waits.append(seconds)


def both_within_budget(ask: Ask, one: Deployment, other: Deployment) -> bool:
    """Whether the caller's budget for this request allows for two answers."""
    budget = ask.caller.identity.budget_usd
    return budget is None or (cost_of(one, ask) or 0.0) + (cost_of(other, ask) or 0.0) <= budget


def _percentile(waits: Sequence[float], percent: float) -> float:
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
