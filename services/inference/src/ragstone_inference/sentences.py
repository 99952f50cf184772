"""Sentences of a text, as ranges of it.

Works line by line first, because much of what people upload is not prose: headings, list items and table rows end where
their line ends, while a soft line break inside a paragraph ends nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class SentenceKind(StrEnum):
    PROSE = "prose"
    HEADING = "heading"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True)
class Sentence:
    """``text[start:end]`` is the sentence, without the marks of its kind (``#``, bullets, outer pipes)."""

    start: int
    end: int
    kind: SentenceKind


_LINE = re.compile(r"[^\n]+")
_HEADING = re.compile(r"\s*#{1,6}\s+")
_ITEM = re.compile(r"\s*(?:[-*+•‣◦▪–]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+")
_RULE = re.compile(r"[\s|:=_*+-]*$")
_TERMINAL = re.compile(r"[.!?…。！？:;][\"'”’)\]*_]*$")
_END = re.compile(r"(?:[.!?…]+[\"'”’)\]*_]*(?:\[[^\]\s]{1,6}\])*(?=\s)|[。！？]+)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Lt|Col|Capt|Mt|Fig|Figs|Eq|Eqs|Sec|Sect|Ch|Vol|No|Nos"
    r"|Art|pp?|eds?|al|vs|cf|ca|approx|e\.g|i\.e|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|(?:[A-Z]\.)+[A-Z])\.$"
)
_LONGEST_HEADING = 12
_WRAPPED_LINE = 45
"""A line without a final mark and shorter than this, before a capital letter, ends there; a longer one is wrapped."""


def split_sentences(text: str) -> list[Sentence]:
    """The sentences of ``text`` in order, blank ones left out."""
    found: list[Sentence] = []
    for segment in _segments(text):
        if segment.kind in (SentenceKind.PROSE, SentenceKind.ITEM):
            found.extend(_sentences_in(text, segment))
        else:
            found.append(segment)
    return found


def _segments(text: str) -> Iterator[Sentence]:
    """Runs of lines that belong together."""
    current: Sentence | None = None
    for match in _LINE.finditer(text):
        line = _line(text, match.start(), match.end())
        if current is not None and (line is None or not _continues(text, current, line)):
            yield _named(text, current)
            current = None
        if line is not None:
            current = line if current is None else Sentence(current.start, line.end, current.kind)
    if current is not None:
        yield _named(text, current)


def _line(text: str, start: int, end: int) -> Sentence | None:
    """One line without its marks; None when nothing is left of it."""
    line = text[start:end]
    if _RULE.match(line):
        return None
    kind, marks = SentenceKind.PROSE, 0
    if heading := _HEADING.match(line):
        kind, marks = SentenceKind.HEADING, heading.end()
    elif " | " in line or line.strip().startswith("|"):
        kind, marks = SentenceKind.ROW, len(line) - len(line.lstrip(" |\t"))
        end = start + len(line.rstrip(" |\t\r"))
    elif item := _ITEM.match(line):
        kind, marks = SentenceKind.ITEM, item.end()
    return _stripped(text, start + marks, end, kind)


def _stripped(text: str, start: int, end: int, kind: SentenceKind) -> Sentence | None:
    body = text[start:end]
    start += len(body) - len(body.lstrip())
    end -= len(body) - len(body.rstrip())
    return Sentence(start, end, kind) if start < end else None


def _continues(text: str, current: Sentence, line: Sentence) -> bool:
    """Whether ``line`` goes on with the sentence or paragraph that ``current`` holds so far."""
    if line.kind is not SentenceKind.PROSE or current.kind in (SentenceKind.HEADING, SentenceKind.ROW):
        return False
    if text.count("\n", current.end, line.start) > 1:
        return False
    last_line = text[text.rfind("\n", 0, current.end) + 1 : current.end]
    if text[line.start].islower() or _TERMINAL.search(last_line):
        return current.kind is SentenceKind.PROSE or text[line.start].islower()
    return len(last_line) >= _WRAPPED_LINE


def _named(text: str, segment: Sentence) -> Sentence:
    """A short line of its own without a final mark is a heading."""
    body = text[segment.start : segment.end]
    alone = segment.kind is SentenceKind.PROSE and "\n" not in body and not _TERMINAL.search(body)
    if alone and len(body.split()) <= _LONGEST_HEADING and not body[0].islower():
        return Sentence(segment.start, segment.end, SentenceKind.HEADING)
    return segment


def _sentences_in(text: str, segment: Sentence) -> Iterator[Sentence]:
    start = segment.start
    for match in _END.finditer(text, segment.start, segment.end):
        if _ends_here(text, start, match.end(), segment.end):
            if sentence := _stripped(text, start, match.end(), segment.kind):
                yield sentence
            start = match.end()
    if rest := _stripped(text, start, segment.end, segment.kind):
        yield rest


def _ends_here(text: str, start: int, end: int, limit: int) -> bool:
    following = text[end:limit].lstrip().lstrip("\"'“‘([*_")[:1]
    return not following.islower() and not _ABBREVIATION.search(text[max(start, end - 12) : end])
