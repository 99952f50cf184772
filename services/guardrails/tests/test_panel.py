import asyncio
from collections.abc import Mapping

import pytest

from ragstone_contracts.guards import Stage, VerdictKind
from ragstone_guardrails.panel import Panel, Policy
from ragstone_guardrails.port import Objection, Subject


class ScriptedGuard:
    """Objects to what it is told to object to, waits as long as it is told to."""

    def __init__(self, name: str, action: VerdictKind, *objections: Objection, seconds: float = 0) -> None:
        self.name = name
        self.actions: Mapping[Stage, VerdictKind] = {"input": action}
        self._objections = list(objections)
        self._seconds = seconds

    async def check(self, subject: Subject) -> list[Objection]:
        await asyncio.sleep(self._seconds)
        return self._objections


class BrokenGuard(ScriptedGuard):
    async def check(self, subject: Subject) -> list[Objection]:
        raise RuntimeError("out of order")


HIT = Objection("found", 0, 5, 0.5, "X")
SUBJECT = Subject("input", "hello world")


@pytest.mark.requirement("GRD-1")
@pytest.mark.parametrize(
    ("actions", "worst"),
    [
        ([], "allow"),
        (["allow"], "allow"),
        (["allow", "modify"], "modify"),
        (["modify", "escalate"], "escalate"),
        (["block", "escalate", "modify"], "block"),
    ],
)
async def test_the_worst_verdict_wins(actions: list[VerdictKind], worst: VerdictKind) -> None:
    guards = [ScriptedGuard(f"guard-{action}", action, HIT) for action in actions]
    assert (await Panel(guards).judge(SUBJECT)).verdict == worst


async def test_overlapping_edits_are_joined_into_one() -> None:
    longer = ScriptedGuard("longer", "modify", Objection("found", 3, 11, 0.5, "Y"))
    verdict = await Panel([ScriptedGuard("a", "modify", HIT), longer]).judge(SUBJECT)
    assert verdict.text == "Y"
    assert [(one.start, one.end) for one in verdict.findings] == [(0, 5), (3, 11)]


async def test_a_blocked_text_comes_back_as_it_was() -> None:
    verdict = await Panel([ScriptedGuard("a", "modify", HIT), ScriptedGuard("b", "block", HIT)]).judge(SUBJECT)
    assert (verdict.verdict, verdict.text) == ("block", "hello world")


@pytest.mark.requirement("GRD-1")
async def test_guards_run_side_by_side() -> None:
    guards = [ScriptedGuard(f"slow-{i}", "allow", seconds=0.1) for i in range(5)]
    started = asyncio.get_running_loop().time()
    await Panel(guards).judge(SUBJECT)
    assert asyncio.get_running_loop().time() - started < 0.3


@pytest.mark.requirement("GRD-1")
async def test_a_broken_or_late_guard_blocks_unless_it_may_fail_open() -> None:
    broken, late = BrokenGuard("broken", "modify"), ScriptedGuard("late", "modify", seconds=5)
    for guard, reason in ((broken, "guard_failed"), (late, "guard_late")):
        closed = await Panel([guard], Policy(deadline=0.05)).judge(SUBJECT)
        assert (closed.verdict, closed.findings[0].reason) == ("block", reason)
        opened = await Panel([guard], Policy(deadline=0.05, fail_open=frozenset([guard.name]))).judge(SUBJECT)
        assert (opened.verdict, opened.findings[0].reason) == ("allow", reason)


async def test_settings_decide_what_a_finding_leads_to_and_where_a_guard_looks() -> None:
    panel = Panel([ScriptedGuard("a", "allow", HIT)], Policy(actions={"a": {"input": "modify", "output": "block"}}))
    assert (await panel.judge(SUBJECT)).text == "X world"
    assert (await panel.judge(Subject("output", "hello world"))).verdict == "block"
    assert (await panel.judge(Subject("retrieved", "hello world"))).verdict == "allow"
