"""The panel: all guards over one text at once, and the one verdict their objections come to."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ragstone_contracts.guards import Finding, Stage, Verdict, VerdictKind
from ragstone_guardrails.edits import apply_edits
from ragstone_guardrails.port import Guard, Objection, Subject
from ragstone_kit.logs import get_logger

_log = get_logger(__name__)
_BY_SEVERITY: list[VerdictKind] = ["allow", "modify", "escalate", "block"]


@dataclass(frozen=True)
class Policy:
    """What a deployment decides about its guards.

    ``actions`` overrides, by guard and stage, what an objection leads to. A guard that breaks or is not done after
    ``deadline`` seconds blocks, unless it is in ``fail_open``.
    """

    actions: Mapping[str, Mapping[Stage, VerdictKind]] = field(default_factory=dict)
    deadline: float = 2.0
    fail_open: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Opinion:
    guard: str
    action: VerdictKind
    objections: list[Objection]
    seconds: float

    @property
    def verdict(self) -> VerdictKind:
        return self.action if self.objections else "allow"

    @property
    def findings(self) -> list[Finding]:
        return [
            Finding(guard=self.guard, reason=one.reason, start=one.start, end=one.end, score=one.score)
            for one in self.objections
        ]


class Panel:
    def __init__(self, guards: Sequence[Guard], policy: Policy | None = None) -> None:
        self._policy = policy or Policy()
        self._guards = [(guard, {**guard.actions, **self._policy.actions.get(guard.name, {})}) for guard in guards]

    async def judge(self, subject: Subject) -> Verdict:
        """The worst of the guards' verdicts, with every finding and the seconds each guard took."""
        opinions = await asyncio.gather(
            *(
                self._opinion(guard, actions[subject.stage], subject)
                for guard, actions in self._guards
                if subject.stage in actions
            )
        )
        verdicts: list[VerdictKind] = ["allow", *(one.verdict for one in opinions)]
        verdict = max(verdicts, key=_BY_SEVERITY.index)
        findings = sorted((one for opinion in opinions for one in opinion.findings), key=lambda one: one.start)
        return Verdict(
            verdict=verdict,
            text=apply_edits(subject.text, _edits(opinions)) if verdict == "modify" else subject.text,
            findings=findings,
            timings={opinion.guard: opinion.seconds for opinion in opinions},
        )

    async def judge_all(self, subjects: Iterable[Subject]) -> list[Verdict]:
        return await asyncio.gather(*(self.judge(subject) for subject in subjects))

    async def _opinion(self, guard: Guard, action: VerdictKind, subject: Subject) -> _Opinion:
        seconds = self._policy.deadline
        try:
            objections, seconds = await asyncio.wait_for(_timed(guard, subject), self._policy.deadline)
        except TimeoutError:
            action, objections = self._failed(guard, subject, "guard_late")
        except Exception as error:  # noqa: BLE001  a guard is anybody's code, and must not decide by breaking
            _log.error("a guard failed", guard=guard.name, exc_info=error)
            action, objections, seconds = *self._failed(guard, subject, "guard_failed"), 0.0
        return _Opinion(guard.name, action, objections, seconds)

    def _failed(self, guard: Guard, subject: Subject, reason: str) -> tuple[VerdictKind, list[Objection]]:
        action: VerdictKind = "allow" if guard.name in self._policy.fail_open else "block"
        return action, [Objection(reason, 0, len(subject.text), 1.0)]


async def _timed(guard: Guard, subject: Subject) -> tuple[list[Objection], float]:
    """Timed from where the guard itself begins: those beside it may hold the event loop before."""
    started = time.perf_counter()
    return await guard.check(subject), time.perf_counter() - started


def _edits(opinions: Iterable[_Opinion]) -> list[Objection]:
    return [one for opinion in opinions if opinion.action == "modify" for one in opinion.objections]
