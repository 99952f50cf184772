"""What documents say reaches a writer only as the guards let it."""

from dataclasses import replace

from ragstone_agents.graph.state import AnswerState, Run
from ragstone_contracts.guards import Verdict

_PASSES = ("allow", "modify")


async def guard_retrieved(state: AnswerState, runtime: Run) -> AnswerState:
    """Drops blocked passages; of modified ones the writer sees the modified text, while citations keep the source's."""
    context, evidence = runtime.context, state["evidence"]
    if not evidence:
        return {}
    with context.timed("guard_retrieved"):
        texts = [one.shown for one in evidence]
        verdicts = await context.services.guardrails.guard_all(context.caller, "retrieved", texts)
    passed = [
        replace(one, shown=verdict.text)
        for one, verdict in zip(evidence, verdicts, strict=True)
        if verdict.verdict in _PASSES and _says_something(verdict)
    ]
    return {"evidence": passed}


def _says_something(verdict: Verdict) -> bool:
    return bool(verdict.text.strip())
