"""The passages an answer may rest on."""

from collections.abc import Mapping

from ragstone_agents.citations import Source
from ragstone_agents.graph.state import AnswerState, Evidence, Run, emit
from ragstone_contracts.chat import PassageEvent, StatusEvent
from ragstone_contracts.search import ScoredChunk, SearchRequest


async def retrieve(state: AnswerState, runtime: Run) -> AnswerState:
    emit(runtime, StatusEvent(stage="retrieve", detail=state["query"]))
    context = runtime.context
    wanted = SearchRequest(query=state["query"], collection=context.request.collection, limit=context.settings.passages)
    with context.timed("retrieve"):
        found = await context.services.retrieval.search(context.caller, wanted)
    for chunk in found.results:
        emit(runtime, PassageEvent(passage=chunk))
    evidence = [_evidence(number, chunk) for number, chunk in enumerate(found.results, start=1)]
    return {"evidence": evidence, "index_version": _index_version(found.sequences)}


def _index_version(sequences: Mapping[str, int]) -> str:
    """The state of the collections that were searched; another one after every change of a document in them."""
    return ",".join(f"{collection}:{sequence}" for collection, sequence in sorted(sequences.items()))


def _evidence(number: int, chunk: ScoredChunk) -> Evidence:
    source = Source(number, chunk.document_id, chunk.version, chunk.title, chunk.start, chunk.text)
    return Evidence(source, shown=f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text)
