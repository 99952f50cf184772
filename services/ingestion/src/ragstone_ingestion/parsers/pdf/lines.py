"""Rows of segments, and the lines of text they make."""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ragstone_contracts.documents import Box
from ragstone_ingestion.parsers.canonical import one_line
from ragstone_ingestion.parsers.pdf.characters import Style
from ragstone_ingestion.parsers.pdf.segments import Segment

Row = list[Segment]
LEADER = "…"
"""Stands for the dots that lead from a title to its page in a table of contents."""
NUMBERED = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s+\S")
_BULLET = re.compile(r"[•◦▪▫‣⁃·○●■□►▶✓✔➢➤❖∙–—*-]\s+\S")
_JOIN_GAP = 0.15
_LEADERS = re.compile(r"(?:\s?\.){4,}")
_RIGHT_TO_LEFT = {"R", "AL"}
_RIGHT_TO_LEFT_LETTER = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


@dataclass(slots=True)
class PageLine:
    """A line in its column, whose edges are ``left`` and ``right``; points, from the top left of the page.

    ``bold`` and ``mono`` when all of it is; ``size`` and ``font`` are those of most of it; ``spaced`` when it
    ends in a space; ``sideways`` when it does not run from left to right, or right to left, as the page is read.
    """

    text: str
    box: Box
    x0: float
    y0: float
    x1: float
    y1: float
    left: float
    right: float
    size: float
    bold: bool
    mono: bool
    spaced: bool
    font: str = ""
    sideways: bool = False
    right_to_left: bool = False

    @property
    def begin(self) -> float:
        """Where the line begins, growing in the direction it is read."""
        return -self.x1 if self.right_to_left else self.x0

    @property
    def indent(self) -> float:
        """How far from the edge of its column it begins."""
        return self.right - self.x1 if self.right_to_left else self.x0 - self.left

    @property
    def room(self) -> float:
        """What is left between its end and the edge of its column."""
        return self.x0 - self.left if self.right_to_left else self.right - self.x1


def rows_of(segments: Sequence[Segment]) -> list[Row]:
    """Segments that stand side by side, from top to bottom."""
    rows: list[Row] = []
    for segment in sorted(segments, key=lambda segment: (segment.middle, segment.x0)):
        if rows and _beside(rows[-1][0], segment):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return rows


def text_of(rows: Sequence[Row]) -> str:
    """The text of rows that belong together, as one line."""
    return " ".join(_text(row) for row in rows)


def bounds_of(rows: Sequence[Row]) -> tuple[float, float]:
    """The left and right edge of what stands in the rows."""
    return min(segment.x0 for row in rows for segment in row), max(segment.x1 for row in rows for segment in row)


def line_of(row: Row, bounds: tuple[float, float], box: Box) -> PageLine:
    letters: Counter[Style] = Counter()
    for segment in row:
        letters[segment.style] += len(segment.text)
    most = letters.most_common(1)[0][0]
    text = _text(row)
    return PageLine(
        text=text,
        box=box,
        x0=min(segment.x0 for segment in row),
        y0=min(segment.y0 for segment in row),
        x1=max(segment.x1 for segment in row),
        y1=max(segment.y1 for segment in row),
        left=bounds[0],
        right=bounds[1],
        size=most.size,
        font=most.font,
        sideways=not most.upright,
        right_to_left=is_right_to_left(text),
        bold=all(style.bold for style in letters),
        mono=all(style.mono for style in letters),
        spaced=max(row, key=lambda segment: segment.x1).spaced,
    )


def _beside(one: Segment, other: Segment) -> bool:
    overlap = min(one.y1, other.y1) - max(one.y0, other.y0)
    return overlap > 0.5 * min(one.y1 - one.y0, other.y1 - other.y0)


def _text(row: Row) -> str:
    right_to_left = is_right_to_left("".join(segment.text for segment in row))
    ordered = sorted(row, key=lambda segment: -segment.x1 if right_to_left else segment.x0)
    text = ordered[0].text
    for previous, segment in itertools.pairwise(ordered):
        gap = max(segment.x0 - previous.x1, previous.x0 - segment.x1)
        space = gap > _JOIN_GAP * segment.size or (right_to_left and _meet(previous.text[-1:], segment.text[:1]))
        text += " " * space + segment.text
    return one_line(_LEADERS.sub(f" {LEADER} ", _paired(text)))


def _meet(one: str, other: str) -> bool:
    """Whether two scripts of either direction meet: the places do not tell of the space between them."""
    return one.isalnum() and other.isalnum() and one.isascii() != other.isascii()


def is_list_item(text: str) -> bool:
    return bool(_BULLET.match(text) or NUMBERED.match(text))


def is_right_to_left(text: str) -> bool:
    if not _RIGHT_TO_LEFT_LETTER.search(text):
        return False
    directions = Counter(unicodedata.bidirectional(character) for character in text)
    return sum(directions[one] for one in _RIGHT_TO_LEFT) > directions["L"]


def _paired(text: str) -> str:
    """PDFium gives characters beyond the basic plane as two halves."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
