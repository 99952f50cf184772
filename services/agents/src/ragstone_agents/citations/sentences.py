"""Cuts text into sentences, a writer's answer while it is still being written.

A sentence is given out once the text behind it shows that it has ended, marks such as ``[2]`` or ``[1][3]`` included;
how the text was cut into pieces on its way makes no difference.
"""

import re
from dataclasses import dataclass

_GROUP = r"\[\d{1,3}(?:\s?[,;]\s?\d{1,3})*\]"
_MARKS = re.compile(rf"\s*{_GROUP}")
_TRAILING_MARKS = re.compile(rf"(?:\s*{_GROUP})+\s*$")
_PARTIAL_MARK = re.compile(r"\[[\d,; ]{0,20}$")
_CANDIDATE = re.compile(
    rf"(?P<end>(?:[.!?…]+[\"'”’»)*_]*(?=[\s\[]|$)|[。！？]+)(?P<marks>(?:\s*{_GROUP})*+))"
    rf"|(?P<marked>{_GROUP}(?:\s*{_GROUP})*+[.!?,;:]*)"
    r"|(?P<line>[ \t]*\n\s*)"
)
_ITEM = re.compile(r"(?:[-*+•‣◦–]|#{1,6}|\(?\d{1,3}[.)]|[a-zA-Z][.)])\s+")
_LEAD = re.compile(rf"\s*(?:{_ITEM.pattern})?")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“])(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Lt|Col|Capt|Mt|Fig|Figs|Eq|Eqs|Sec|Sect|Ch|Vol|No|Nos"
    r"|Art|pp?|eds?|al|vs|cf|ca|approx|e\.g|i\.e|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Inc|Ltd|Corp|Co"
    r"|(?:[A-Z]\.)+[A-Z])\.$"
)
_STOPPED = re.compile(rf"(?:[.!?:…]|{_GROUP})[\"'”’»)*_]*$")
_SAYS_SOMETHING = re.compile(r"[^\W_]")
_WRAPPED_LINE = 45
"""A line at least this long may have been wrapped in mid-sentence."""
_LOOKAHEAD = 6


@dataclass(frozen=True)
class Written:
    """A sentence of a writer. ``lead`` is the white space and list mark before it; ``raw`` still has its marks."""

    lead: str
    raw: str

    @property
    def text(self) -> str:
        """The sentence as a reader sees it, without marks."""
        return _MARKS.sub("", self.raw).strip()

    @property
    def quoted(self) -> str:
        """The sentence with the marks inside it, which may be the source's own, but not those at its end."""
        return _TRAILING_MARKS.sub("", self.raw).strip()

    @property
    def marks(self) -> list[int]:
        """The numbers of the passages it points to, each once."""
        numbers = [int(number) for mark in _MARKS.findall(self.raw) for number in re.findall(r"\d+", mark)]
        return list(dict.fromkeys(numbers))

    def parts(self) -> list["Written"]:
        """What stands before each group of marks, as sentences of their own."""
        parts, start = [], 0
        for match in re.finditer(rf"{_GROUP}(?:\s*{_GROUP})*[.!?]?", self.raw):
            parts.append(_written(self.raw[start : match.end()]))
            start = match.end()
        if rest := self.raw[start:].strip():
            parts.append(Written(" ", rest))
        return [Written(self.lead, parts[0].raw), *parts[1:]] if parts else []


def _written(text: str) -> Written:
    lead = _LEAD.match(text)
    length = lead.end() if lead else 0
    return Written(text[:length], text[length:].rstrip())


class SentenceReader:
    """Takes an answer piece by piece and gives out its sentences as they end."""

    def __init__(self) -> None:
        self._pending = ""

    def feed(self, piece: str) -> list[Written]:
        self._pending += piece
        return self._ended(final=False)

    def close(self) -> list[Written]:
        """The sentences that were still open when the answer ended."""
        return self._ended(final=True)

    def _ended(self, *, final: bool) -> list[Written]:
        sentences = []
        while (end := _first_end(self._pending, final=final)) is not None:
            sentences.append(_written(self._pending[:end]))
            self._pending = self._pending[end:]
        if final and self._pending:
            sentences.append(_written(self._pending))
            self._pending = ""
        return [sentence for sentence in sentences if sentence.raw]


def sentence_ranges(text: str) -> list[tuple[int, int]]:
    """The ranges of the sentences of a finished text, without the white space and list marks around them."""
    ranges, start = [], 0
    while start < len(text):
        rest = text[start:]
        end = _first_end(rest, final=True) or len(rest)
        written = _written(rest[:end])
        first = start + len(written.lead)
        if written.raw:
            ranges.append((first, first + len(written.raw)))
        start += end
    return ranges


def _first_end(text: str, *, final: bool) -> int | None:
    """Where the first sentence of ``text`` ends, or None while that cannot be told."""
    lead = _LEAD.match(text)
    start = lead.end() if lead else 0
    for candidate in _CANDIDATE.finditer(text, start):
        following = text[candidate.end() :].lstrip()
        if not final and not _is_enough(following, candidate):
            return None
        if following and _ends_here(text, start, candidate, following):
            return candidate.end() if candidate["line"] is None else candidate.start("line")
    return None


def _is_enough(following: str, candidate: re.Match[str]) -> bool:
    """Whether more text could not change what the candidate is."""
    if _PARTIAL_MARK.match(following):
        return False
    return len(following) >= (_LOOKAHEAD if candidate["line"] is not None else 1)


def _ends_here(text: str, start: int, candidate: re.Match[str], following: str) -> bool:
    before = text[start : candidate.start()]
    if candidate["line"] is not None:
        return _line_ends_sentence(before, candidate["line"], following)
    if not _SAYS_SOMETHING.search(before) or following[0] in ".…":
        return False
    if candidate["marked"] is not None:
        return text[candidate.end()].isspace() and not following[0].islower()
    if candidate["marks"]:
        return True
    return not following[0].islower() and not _ABBREVIATION.search(text[start : candidate.end("end")][-12:])


def _line_ends_sentence(before: str, breaks: str, following: str) -> bool:
    """A blank line, a list item, a full stop, a table row and a short line before a capital letter end a sentence."""
    if breaks.count("\n") > 1 or _ITEM.match(following) is not None or _STOPPED.search(before):
        return True
    line = before.rpartition("\n")[2]
    return "|" in line or following[0] == "|" or (len(line) < _WRAPPED_LINE and not following[0].islower())
