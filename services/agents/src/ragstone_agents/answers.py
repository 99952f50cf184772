"""Runs the ``answer`` graph for one question and turns it into a stream that always ends in ``done`` or ``error``."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from importlib import resources
from typing import cast

from ragstone_agents.graph import AnswerContext, Services, build_answer_graph
from ragstone_agents.settings import AgentsSettings
from ragstone_agents.threads import Threads
from ragstone_contracts.chat import ChatEvent, ChatRequest, ErrorEvent, StatusEvent
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.models import NO_ANSWER
from ragstone_kit.identity import Caller
from ragstone_kit.logs import get_logger
from ragstone_kit.sse import ServerSentEvent, encode
from ragstone_kit.tracing import current_trace_id

_log = get_logger(__name__)

Events = AsyncGenerator[ChatEvent, None]


def read_prompt(name: str) -> str:
    text = resources.files(__package__).joinpath("prompts", f"{name}.txt").read_text()
    return text.replace("{no_answer}", NO_ANSWER).strip()


class Answers:
    def __init__(self, services: Services, threads: Threads, settings: AgentsSettings) -> None:
        self._services = services
        self._threads = threads
        self._settings = settings
        self._system_prompt = read_prompt("answer")
        self._graph = build_answer_graph()

    async def open(self, caller: Caller, request: ChatRequest) -> Events:
        """The events of an answer, once it is known that there will be one.

        Raises what goes wrong before the search has answered: BlockedByGuard, NotFound for an unknown collection,
        Unavailable. Later failures end the stream in an ``error`` event.
        """
        events = self._run(caller, request)
        seen: list[ChatEvent] = []
        async for event in events:
            seen.append(event)
            if not isinstance(event, StatusEvent):
                break
        return _ended(seen, events)

    async def _run(self, caller: Caller, request: ChatRequest) -> Events:
        context = AnswerContext(
            services=self._services,
            threads=self._threads,
            settings=self._settings,
            system_prompt=self._system_prompt,
            caller=caller,
            request=request,
            answer_id=f"ans_{secrets.token_hex(12)}",
        )
        events = cast(Events, self._graph.astream({}, context=context, stream_mode="custom"))
        async with aclosing(events):
            async for event in events:
                yield event


async def _ended(seen: list[ChatEvent], rest: Events) -> Events:
    """All events; what breaks them off becomes the last one."""
    try:
        async with aclosing(rest):
            for event in seen:
                yield event
            async for event in rest:
                yield event
    except RagstoneError as error:
        yield _error_event(error)
    except Exception as error:  # noqa: BLE001  the status is sent: only an event can still say that it failed
        _log.error("the answer graph failed", exc_info=error)
        yield _error_event(RagstoneError("the error is in the log under this trace id"))


def _error_event(error: RagstoneError) -> ErrorEvent:
    return ErrorEvent(problem=error.problem(current_trace_id()).model_dump())


async def encoded(events: Events) -> AsyncGenerator[bytes, None]:
    """The events on the wire, numbered from 1."""
    number = 0
    async with aclosing(events):
        async for event in events:
            number += 1
            yield encode(ServerSentEvent(event.model_dump_json(), event=event.type, id=str(number)))
