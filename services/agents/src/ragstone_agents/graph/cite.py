"""Ties written sentences to the sources and has the source service confirm each range."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from ragstone_agents.citations import Aligned, Range, Source, Unaligned, Written, align
from ragstone_agents.graph.state import AnswerContext
from ragstone_contracts.chat import Match
from ragstone_contracts.documents import RangeLocation, ReadBoxes
from ragstone_contracts.errors import RagstoneError

_GONE = (404, 409, 422)
"""What the source service answers when the version, or the range in it, is no more."""


@dataclass(frozen=True)
class Proof:
    """A range of a source with what the source service says stands there."""

    range: Range
    location: RangeLocation


@dataclass(frozen=True)
class Cited:
    """A sentence with its proofs; without any it is not to be shown, for ``reason``."""

    lead: str
    text: str
    match: Match = "supported"
    proofs: list[Proof] = field(default_factory=list)
    reason: str = ""


async def cite(context: AnswerContext, sentences: Sequence[Written], sources: Sequence[Source]) -> list[Cited]:
    """Each sentence with its confirmed ranges. Asks once for each version of a document."""
    aligned = [(part, outcome) for sentence in sentences for part, outcome in _aligned(sentence, sources)]
    ranges = [one for _, outcome in aligned if isinstance(outcome, Aligned) for one in outcome.ranges]
    proofs = await _proofs(context, ranges)
    return [_cited(part, outcome, proofs) for part, outcome in aligned]


def _aligned(sentence: Written, sources: Sequence[Source]) -> list[tuple[Written, Aligned | Unaligned]]:
    """The sentence, or what stands before each of its marks if only that holds: a list without full stops, say."""
    whole = align(sentence, sources)
    parts = sentence.parts()
    if isinstance(whole, Aligned) or len(parts) < 2:
        return [(sentence, whole)]
    each = [(part, align(part, sources)) for part in parts]
    return each if all(isinstance(outcome, Aligned) for _, outcome in each) else [(sentence, whole)]


def _cited(written: Written, outcome: Aligned | Unaligned, proofs: dict[Range, Proof]) -> Cited:
    if isinstance(outcome, Unaligned):
        return Cited(written.lead, outcome.text, reason=outcome.reason)
    confirmed = [proofs[one] for one in outcome.ranges if one in proofs]
    reason = "" if confirmed else "its source could not be confirmed"
    return Cited(written.lead, outcome.text, outcome.match, confirmed, reason)


async def _proofs(context: AnswerContext, ranges: Sequence[Range]) -> dict[Range, Proof]:
    by_version: dict[tuple[str, int], list[Range]] = defaultdict(list)
    for one in dict.fromkeys(ranges):
        by_version[one.source.document_id, one.source.version].append(one)
    found = await asyncio.gather(*(_confirmed(context, *key, wanted) for key, wanted in by_version.items()))
    return {proof.range: proof for proofs in found for proof in proofs}


async def _confirmed(context: AnswerContext, document_id: str, version: int, ranges: list[Range]) -> list[Proof]:
    """The ranges whose text in the cited version is the quoted one; none when the version is gone."""
    wanted = ReadBoxes(version=version, ranges=[one.canonical for one in ranges])
    try:
        answer = await context.services.ingestion.locate(context.caller, document_id, wanted)
    except RagstoneError as error:
        if error.status in _GONE:
            return []
        raise
    pairs = zip(ranges, answer.locations, strict=True)
    return [Proof(one, location) for one, location in pairs if location.text == one.text]
