"""Nothing a writer wrote is shown before the guards have seen it, not even what was removed for want of a source."""

from collections.abc import Sequence
from dataclasses import replace

from ragstone_agents.graph.cite import Cited
from ragstone_agents.graph.state import AnswerContext
from ragstone_contracts.guards import Verdict

WITHHELD = "[withheld]"


async def guard_output(context: AnswerContext, sentences: Sequence[Cited]) -> list[Cited]:
    """The sentences as they may be shown; a blocked one loses its text and its proofs."""
    if not sentences:
        return []
    texts = [one.text for one in sentences]
    verdicts = await context.services.guardrails.guard_all(context.caller, "output", texts)
    return [_guarded(one, verdict) for one, verdict in zip(sentences, verdicts, strict=True)]


def _guarded(sentence: Cited, verdict: Verdict) -> Cited:
    if verdict.verdict in ("block", "escalate"):
        reasons = ", ".join(sorted({f"{one.guard}: {one.reason}" for one in verdict.findings}))
        return replace(sentence, text=WITHHELD, proofs=[], reason=f"a guard withheld it ({reasons})")
    if verdict.text == sentence.text:
        return sentence
    return replace(sentence, text=verdict.text.strip(), match="supported")
