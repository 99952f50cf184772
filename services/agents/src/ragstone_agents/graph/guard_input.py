"""The first node: nothing a guard blocks goes any further."""

from ragstone_agents.errors import BlockedByGuard
from ragstone_agents.graph.state import AnswerContext, AnswerState, Run, emit
from ragstone_agents.threads import Turn
from ragstone_contracts.chat import StatusEvent
from ragstone_contracts.guards import Verdict

_PASSES = ("allow", "modify")


async def guard_input(state: AnswerState, runtime: Run) -> AnswerState:
    """Guards the question and the user's earlier turns that came with it. Raises BlockedByGuard for the question."""
    emit(runtime, StatusEvent(stage="guard_input"))
    context = runtime.context
    with context.timed("guard_input"):
        asked = [turn.content for turn in context.request.history if turn.role == "user"]
        asked = asked[-1 - context.settings.remembered_turns :]
        verdicts = await context.services.guardrails.guard_all(context.caller, "input", asked)
        *earlier, question = verdicts
        if question.verdict not in _PASSES:
            raise BlockedByGuard(question.findings)
        return {"question": question.text, "history": await _history(context, earlier)}


async def _history(context: AnswerContext, earlier: list[Verdict]) -> list[Turn]:
    """The turns that came with the question, else those the thread remembers. What guards block is left out."""
    sent = [Turn(verdict.text, "") for verdict in earlier if verdict.verdict in _PASSES]
    thread_id = context.request.thread_id
    if sent or thread_id is None:
        return sent
    return await context.threads.recent(context.caller.identity, thread_id, context.settings.remembered_turns)
