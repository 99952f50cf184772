"""The writer: passages and a question in, sentences out as they are written."""

from collections.abc import AsyncIterator

from ragstone_agents.citations import SentenceReader, Written
from ragstone_agents.graph.state import AnswerContext, AnswerState, Draft, Evidence
from ragstone_contracts.models import INDEX_VERSION_HEADER
from ragstone_contracts.provenance import Passage, wrap


def messages(system_prompt: str, evidence: list[Evidence], question: str) -> list[dict[str, str]]:
    """The conversation a writer is sent. Passages stand in provenance blocks that no document can close."""
    passages = [Passage(one.source.number, one.source.title, one.shown) for one in evidence]
    return [
        {"role": "system", "content": system_prompt},
        {"role": "user", "content": f"{wrap(passages)}\n\nQuestion: {question}"},
    ]


async def generate(context: AnswerContext, state: AnswerState, draft: Draft) -> AsyncIterator[Written]:
    """The sentences of the answer; notes in ``draft`` which model writes and, at the end, what it used."""
    settings = context.settings
    options: dict[str, float] = {"max_tokens": settings.max_tokens}
    if settings.temperature is not None:
        options["temperature"] = settings.temperature
    model = context.request.model or settings.writer
    prompt = messages(context.system_prompt, state["evidence"], state["query"])
    headers = {INDEX_VERSION_HEADER: state.get("index_version", "")}
    reader = SentenceReader()
    async with context.services.router.chat(context.caller, model, prompt, headers=headers, **options) as stream:
        draft.model, draft.fallback, draft.cost_usd = stream.model, stream.fallback, stream.cost_usd
        async for piece in stream.text():
            for sentence in reader.feed(piece):
                yield sentence
        draft.usage = stream.usage
    for sentence in reader.close():
        yield sentence
