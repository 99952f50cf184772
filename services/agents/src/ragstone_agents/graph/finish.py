"""The last node: the whole answer, with what it cost and how long each stage took."""

from ragstone_agents.graph.state import AnswerState, Run, emit
from ragstone_agents.threads import Turn
from ragstone_contracts.chat import Answer, DoneEvent, UsageEvent
from ragstone_kit.tracing import current_trace_id


async def finish(state: AnswerState, runtime: Run) -> AnswerState:
    context, draft = runtime.context, state["draft"]
    thread_id = context.request.thread_id
    if thread_id is not None:
        with context.timed("remember"):
            await context.threads.add(context.caller.identity, thread_id, Turn(state["query"], draft.text))
    answer = Answer(
        answer_id=context.answer_id,
        answer=draft.text,
        citations=draft.citations,
        unsupported=draft.unsupported,
        abstained=draft.abstained,
        model=draft.model,
        fallback=draft.fallback,
        usage=draft.usage,
        cost_usd=draft.cost_usd,
        timings={stage: round(seconds, 6) for stage, seconds in context.seconds.items()},
        trace_id=current_trace_id(),
        thread_id=thread_id,
    )
    emit(runtime, UsageEvent(usage=draft.usage, cost_usd=draft.cost_usd, model=draft.model))
    emit(runtime, DoneEvent(answer=answer))
    return {}
