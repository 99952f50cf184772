"""Ties a sentence of an answer to the ranges of the sources that bear it out, or says why none does."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ragstone_agents.citations.features import features_of
from ragstone_agents.citations.normal import normalise
from ragstone_agents.citations.sentences import Written
from ragstone_agents.citations.sources import Source
from ragstone_agents.citations.support import Judgement, judge
from ragstone_contracts.chat import Match

_ENDS = ".!?…:;, \"'"
# Left out of a quotation, such a word would change what the quotation says.
_QUALIFIER = re.compile(
    r"\b(?:not|no|never|neither|nor|cannot|without|if|unless|except|only|until|whether|may|might|could|would|should"
    r"|claim\w*|alleg\w*|argu\w*|believ\w*|den(?:y|ies|ied)|suspect\w*|suggest\w*|said|says?|myth|false|supposed\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_SAYS_SOMETHING = re.compile(r"[^\W_]")
_FEWEST_WORDS = 3


@dataclass(frozen=True)
class Range:
    """``source.text[start:end]``, a part of a passage."""

    source: Source
    start: int
    end: int

    @property
    def canonical(self) -> tuple[int, int]:
        """The same range in the canonical text."""
        return self.source.start + self.start, self.source.start + self.end

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


@dataclass(frozen=True)
class Aligned:
    """``text`` is the sentence as it is to be shown."""

    text: str
    ranges: list[Range]
    match: Match


@dataclass(frozen=True)
class Unaligned:
    text: str
    reason: str


Finder = Callable[[str, Source], Range | None]


def align(written: Written, sources: Sequence[Source]) -> Aligned | Unaligned:
    """The sentence tied to the passages it points to, else to any other: verbatim, normalised, or borne out."""
    marked = [source for number in written.marks for source in sources if source.number == number]
    others = [source for source in sources if source not in marked]
    finders: list[tuple[Match, Finder]] = [("exact", _exact), ("normalised", _normalised)]
    for group in (marked, others):
        for match, find in finders:
            for text in dict.fromkeys((written.quoted, written.text)):
                if ranges := _found(find, text, group, every=group is marked):
                    return Aligned(text, ranges, match)
    return _supported(written.text, marked, others)


def _found(find: Finder, text: str, sources: Iterable[Source], *, every: bool) -> list[Range]:
    ranges = [found for source in sources if (found := find(text, source)) is not None]
    return ranges if every else ranges[:1]


def _exact(text: str, source: Source) -> Range | None:
    if not _SAYS_SOMETHING.search(text):
        return None
    for match in re.finditer(re.escape(text), source.text):
        if _may_be_quoted(source, *match.span()):
            return Range(source, *match.span())
    return None


def _normalised(text: str, source: Source) -> Range | None:
    wanted = normalise(text).text.strip(_ENDS)
    if not _SAYS_SOMETHING.search(wanted):
        return None
    for match in re.finditer(re.escape(wanted), source.normal.text):
        start, end = source.normal.original(*match.span())
        if _may_be_quoted(source, start, end):
            return Range(source, start, end)
    return None


def _may_be_quoted(source: Source, start: int, end: int) -> bool:
    """Whether the range breaks no word or number and, if only part of a sentence, leaves nothing out that turns it."""
    text = source.text
    if re.match(r"\w", text[end : end + 1]) and re.match(r"\w", text[end - 1]):
        return False
    if re.match(r"\w", text[start]) and re.search(r"[\w]$|[\d][.,]$", text[:start]):
        return False
    if re.match(r"[.,]?\d|%", text[end:]) and re.search(r"[\d.,]$", text[start:end]):
        return False
    before, after = source.around(start, end)
    rest = before + " " + after
    if not re.search(r"\w", rest):
        return True
    return len(re.findall(r"\w+", text[start:end])) >= _FEWEST_WORDS and _QUALIFIER.search(rest) is None


def _supported(text: str, marked: Sequence[Source], others: Sequence[Source]) -> Aligned | Unaligned:
    claim = features_of(text)
    if claim.is_empty:
        return Unaligned(text, "it states nothing that could be checked")
    best = Judgement(-1.0, "no passage bears it out")
    for group in (marked, others):
        ranges = []
        for source in group:
            for window in source.windows:
                judgement = judge(claim, window.features)
                if judgement.objection is None:
                    ranges.append(Range(source, window.start, window.end))
                    break
                best = max(best, judgement, key=lambda one: one.coverage)
        if ranges:
            return Aligned(text, ranges if group is marked else ranges[:1], "supported")
    return Unaligned(text, best.objection or "no passage bears it out")
