"""What the nodes of the ``answer`` graph share."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypedDict

from langgraph.runtime import Runtime

from ragstone_agents.citations import Source
from ragstone_agents.settings import AgentsSettings
from ragstone_agents.threads import Threads, Turn
from ragstone_clients.guardrails import GuardrailsClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.chat import ChatEvent, ChatRequest, Citation, Fallback, Unsupported, Usage
from ragstone_kit.identity import Caller


@dataclass(frozen=True)
class Services:
    guardrails: GuardrailsClient
    retrieval: RetrievalClient
    router: RouterClient
    ingestion: IngestionClient


@dataclass(frozen=True)
class Evidence:
    """A retrieved passage: ``source`` as it stands in its document, ``shown`` as the guards let the writer see it."""

    source: Source
    shown: str


@dataclass
class Draft:
    """The answer as far as it has been emitted."""

    text: str = ""
    citations: list[Citation] = field(default_factory=list)
    unsupported: list[Unsupported] = field(default_factory=list)
    abstained: bool = False
    model: str = "none"
    """The model that wrote it; ``none`` when nothing was found that one could write from."""
    fallback: Fallback | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = 0.0


@dataclass(frozen=True)
class AnswerContext:
    """What one run of the graph works with; ``seconds`` collects the time spent in each stage."""

    services: Services
    threads: Threads
    settings: AgentsSettings
    system_prompt: str
    caller: Caller
    request: ChatRequest
    answer_id: str
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started


class AnswerState(TypedDict, total=False):
    question: str
    """The question as the guards let it pass."""
    history: list[Turn]
    query: str
    """The question on its own, understandable without the turns before it."""
    evidence: list[Evidence]
    index_version: str
    """The state of the collections that the evidence was found in."""
    draft: Draft


Run = Runtime[AnswerContext]


def emit(runtime: Run, event: ChatEvent) -> None:
    """Send an event on to whoever asked."""
    runtime.stream_writer(event)
