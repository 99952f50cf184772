"""The node that writes: generate, cite and guard_output at once, sentence by sentence.

They are stages of one node, not three nodes, because the first sentences of an answer are checked and shown while the
writer still writes the last. What arrives during a check is checked together next.
"""

from collections.abc import Sequence
from contextlib import aclosing

from ragstone_agents.arrivals import in_batches
from ragstone_agents.citations import Written
from ragstone_agents.graph.cite import Cited, Proof, cite
from ragstone_agents.graph.generate import generate
from ragstone_agents.graph.guard_output import guard_output
from ragstone_agents.graph.state import AnswerState, Draft, Run, emit
from ragstone_contracts.chat import Citation, CitationEvent, StatusEvent, TokenEvent, Unsupported
from ragstone_contracts.models import NO_ANSWER


async def write(state: AnswerState, runtime: Run) -> AnswerState:
    context, evidence, draft = runtime.context, state["evidence"], Draft()
    emit(runtime, StatusEvent(stage="write"))
    sources = [one.source for one in evidence]
    with context.timed("write"):
        async with aclosing(in_batches(generate(context, state, draft))) as batches:
            async for batch in batches:
                written = [sentence for sentence in batch if not is_no_answer(sentence)]
                with context.timed("cite"):
                    cited = await cite(context, written, sources)
                with context.timed("guard_output"):
                    shown = await guard_output(context, cited)
                _emit_sentences(runtime, draft, shown)
    # What is left of the time is the writer's own.
    context.seconds["generate"] = context.seconds.pop("write") - sum(
        context.seconds.get(one, 0.0) for one in ("cite", "guard_output")
    )
    if not draft.text:
        say_no_answer(runtime, draft)
    return {"draft": draft}


async def abstain(state: AnswerState, runtime: Run) -> AnswerState:
    """Without a passage there is nothing to write from, and no model is asked."""
    draft = Draft()
    say_no_answer(runtime, draft)
    return {"draft": draft}


def say_no_answer(runtime: Run, draft: Draft) -> None:
    draft.text, draft.abstained = NO_ANSWER, True
    emit(runtime, TokenEvent(text=NO_ANSWER))


def is_no_answer(sentence: Written) -> bool:
    return sentence.text.strip(" .*_\"'").casefold() == NO_ANSWER.strip(" .").casefold()


def _emit_sentences(runtime: Run, draft: Draft, sentences: Sequence[Cited]) -> None:
    for sentence in sentences:
        if sentence.proofs and sentence.text:
            _emit_sentence(runtime, draft, sentence)
        else:
            draft.unsupported.append(Unsupported(sentence=sentence.text, reason=sentence.reason))


def _emit_sentence(runtime: Run, draft: Draft, sentence: Cited) -> None:
    lead = (sentence.lead or " ") if draft.text else sentence.lead.lstrip()
    start = len(draft.text) + len(lead)
    draft.text += lead + sentence.text
    emit(runtime, TokenEvent(text=lead + sentence.text))
    for proof in sentence.proofs:
        citation = _citation(sentence, proof, (start, len(draft.text)))
        draft.citations.append(citation)
        emit(runtime, CitationEvent(citation=citation))


def _citation(sentence: Cited, proof: Proof, where: tuple[int, int]) -> Citation:
    source, (start, end) = proof.range.source, proof.range.canonical
    return Citation(
        sentence=where,
        document_id=source.document_id,
        version=source.version,
        title=source.title,
        page=proof.location.page,
        start=start,
        end=end,
        quote=proof.location.text,
        boxes=proof.location.boxes,
        match=sentence.match,
    )
