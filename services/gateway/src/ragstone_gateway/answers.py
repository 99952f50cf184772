"""Questions handed to the agents service, and their events handed back."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from ragstone_clients.agents import AgentsClient
from ragstone_contracts.chat import Answer, ChatEvent, ChatRequest, DoneEvent, ErrorEvent
from ragstone_contracts.errors import Problem, RagstoneError, RemoteProblem, UpstreamError
from ragstone_kit.identity import Caller
from ragstone_kit.tracing import current_trace_id


async def open_answer(agents: AgentsClient, caller: Caller, request: ChatRequest) -> AsyncGenerator[ChatEvent, None]:
    """The events of an answer, once the first is there: what fails before it is raised, not streamed."""
    events = agents.answer(caller, request)
    first = await anext(events, None)
    if first is None:
        raise UpstreamError("the agents service answered nothing")
    if isinstance(first, ErrorEvent):
        raise RemoteProblem(Problem.model_validate(first.problem))
    return _until_terminal(first, events)


async def _until_terminal(first: ChatEvent, rest: AsyncGenerator[ChatEvent, None]) -> AsyncGenerator[ChatEvent, None]:
    """All events; a stream that breaks off is ended with an error event, never silently."""
    event = first
    try:
        async with aclosing(rest):
            yield first
            async for event in rest:
                yield event
    except RagstoneError as error:
        event = ErrorEvent(problem=error.problem(current_trace_id()).model_dump())
        yield event
    if not isinstance(event, DoneEvent | ErrorEvent):
        broken = UpstreamError("the answer broke off before its end")
        yield ErrorEvent(problem=broken.problem(current_trace_id()).model_dump())


async def final_answer(events: AsyncGenerator[ChatEvent, None]) -> Answer:
    """The whole answer. Raises the error the stream ended in."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, DoneEvent):
                return event.answer
            if isinstance(event, ErrorEvent):
                raise RemoteProblem(Problem.model_validate(event.problem))
    raise UpstreamError("the answer broke off before its end")
