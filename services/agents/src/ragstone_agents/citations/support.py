"""Whether a range of a source bears a claim out, told by words alone and therefore strictly.

A claim passes when every number (with its unit), every name and every other content word of it stands in the evidence
in some form or as a listed synonym, when none is the opposite of a word there, when both
deny the same, when
nothing the evidence hedges, makes conditional or puts into somebody's mouth is asserted flatly, and when numbers and
names keep their order and no rival stands among them.

What a true paraphrase loses by this is a sentence; what a loose check would cost is the reader's trust. The service's
README has the figures.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ragstone_agents.citations.features import Features, Word
from ragstone_agents.citations.words import are_opposites

_CONDITION_KEPT = 0.5

Item = TypeVar("Item")


@dataclass(frozen=True)
class Judgement:
    """``coverage`` is the share of the claim's content that was found; ``objection`` says why it does not hold."""

    coverage: float
    objection: str | None


def judge(claim: Features, evidence: Features) -> Judgement:
    known = evidence.meanings
    missing = [word for word in claim.words if word.meaning not in known]
    total = len(claim.words) + len(claim.numbers)
    found = total - len(missing) - len(_missing_numbers(claim, evidence))
    coverage = found / total if total else 0.0
    return Judgement(coverage, _content_objection(claim, evidence, missing) or _sense_objection(claim, evidence))


def _missing_numbers(claim: Features, evidence: Features) -> list[str]:
    known = {number.key for number in evidence.numbers}
    return [number.text for number in claim.numbers if number.key not in known]


def _content_objection(claim: Features, evidence: Features, missing: Sequence[Word]) -> str | None:
    # Objections quote nothing: they are shown, and what a writer wrote may be what a guard must hold back.
    if _missing_numbers(claim, evidence):
        return "no passage states one of its numbers"
    names = set(claim.names)
    for word in claim.words:
        if any(are_opposites(word.meaning, other) for other in evidence.meanings):
            return "the passage has the opposite of one of its words"
    if missing:
        named = any(word.meaning in names for word in missing)
        return "no passage says it of one of its names" if named else "no passage has one of its words"
    return None


def _sense_objection(claim: Features, evidence: Features) -> str | None:
    if claim.denied != evidence.denied:
        return "one denies what the other affirms"
    if evidence.hedged and not claim.hedged:
        return "the passage says it with reservation"
    if evidence.attributed and not claim.attributed:
        return "the passage only reports it as somebody's claim"
    meanings = claim.meanings
    for condition in evidence.conditions:
        if condition and len(condition & meanings) < _CONDITION_KEPT * len(condition):
            return "the passage makes it conditional"
    return _order_objection(claim, evidence) or _binding_objection(claim, evidence)


def _order_objection(claim: Features, evidence: Features) -> str | None:
    for unit in {number.unit for number in claim.numbers}:
        wanted, present = ([one.value for one in side.numbers if one.unit == unit] for side in (claim, evidence))
        if not _in_order(wanted, present):
            return "its numbers stand in another order in the passage"
    if claim.passive == evidence.passive and not _in_order(claim.names, [word.meaning for word in evidence.words]):
        return "its names stand in another order in the passage"
    return None


def _binding_objection(claim: Features, evidence: Features) -> str | None:
    """A number or name of the evidence that stands among the claim's, and may be what its words belong to."""
    start, end = _shortest_span(claim, evidence)
    units = {number.unit for number in claim.numbers}
    known = {number.key for number in claim.numbers}
    for number in evidence.numbers:
        if start <= number.start < end and number.unit in units and number.key not in known:
            return "another number in the passage may be the one meant"
    names = claim.names_with_first
    if len(names) > 1:
        for word in evidence.words[1:]:
            if start <= word.start < end and word.is_name and word.meaning not in claim.meanings:
                return "the passage may say it of another name"
    return None


def _shortest_span(claim: Features, evidence: Features) -> tuple[int, int]:
    """The shortest part of the evidence that holds everything of the claim that it holds at all."""
    wanted: set[Hashable] = {*claim.meanings, *(number.key for number in claim.numbers)}
    items: list[tuple[int, Hashable]] = [(word.start, word.meaning) for word in evidence.words]
    items += [(number.start, number.key) for number in evidence.numbers]
    items = sorted((one for one in items if one[1] in wanted), key=lambda one: one[0])
    needed = len({key for _, key in items})
    best, last_seen = (0, 0), dict[Hashable, int]()
    for start, key in items:
        last_seen[key] = start
        if len(last_seen) == needed:
            span = min(last_seen.values()), start + 1
            best = span if best == (0, 0) or span[1] - span[0] < best[1] - best[0] else best
    return best


def _in_order(wanted: Sequence[Item], present: Sequence[Item]) -> bool:
    """Whether the items of ``wanted`` that are present stand there in the same order."""
    position = 0
    for item in (one for one in wanted if one in present):
        try:
            position = present.index(item, position)
        except ValueError:
            return False
    return True
