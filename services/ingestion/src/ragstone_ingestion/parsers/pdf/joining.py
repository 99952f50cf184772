"""How lines become text: words cut at line ends are healed, sentences cut by columns and pages go on."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.parsers.canonical import CELL_SEPARATOR, Line, one_line
from ragstone_ingestion.parsers.pdf.lines import PageLine
from ragstone_ingestion.parsers.pdf.paragraphs import Paragraph, ends_sentence
from ragstone_ingestion.parsers.pdf.tables import PageTable

_SOFT_HYPHEN = "\u00ad"
_CUT = re.compile(r"(\w+)[-\u2010\u00ad]$")
_WORD = re.compile(r"\w+(?:[-\u2010]\w+)*")
_COMPOUND = re.compile(r"(?:self|quasi)-(?!ish|less|hood|same)")
_HAN = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]{2}")
_HANGUL = re.compile(r"[\uac00-\ud7af]{2}")
_RUNNING = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)
_ASIDE = (BlockKind.CAPTION, BlockKind.TABLE)
_MAX_BETWEEN = 12
_NOTE_SIZE = 0.93
_SAME_EDGE = 12.0
_MAX_INDENT = 60


class Joiner:
    """Knows the document's own words, to tell a hyphen that belongs from one that only ends a line."""

    def __init__(self, paragraphs: Sequence[Paragraph]) -> None:
        self._words = {
            word.lower() for paragraph in paragraphs for line in paragraph.lines for word in _WORD.findall(line.text)
        }
        lines = (line for paragraph in paragraphs for line in paragraph.lines)
        self._spaced = any(line.spaced and _HANGUL.fullmatch(line.text[-1:] * 2) for line in lines)

    def join(self, paragraph: Paragraph) -> tuple[list[Line], list[str]]:
        """The lines with clean text, and what stands between each and the next."""
        lines = paragraph.lines
        if paragraph.table is not None:
            texts = [CELL_SEPARATOR.join(map(one_line, cells)).strip() for cells in paragraph.table.cells]
            joints = ["\n"] * (len(texts) - 1)
        elif paragraph.kind is BlockKind.CODE:
            texts, joints = _indented(lines), ["\n"] * (len(lines) - 1)
        else:
            texts, joints = self._running(lines)
        return [Line(text, line.box) for text, line in zip(texts, lines, strict=True)], joints

    def _running(self, lines: Sequence[PageLine]) -> tuple[list[str], list[str]]:
        texts, joints = [line.text for line in lines], [" "] * (len(lines) - 1)
        for position, (line, following) in enumerate(pairwise(lines)):
            if self._wraps_inside_words(line, following):
                joints[position] = ""
            else:
                texts[position], joints[position] = self._healed(texts[position], following.text)
        return [text.replace(_SOFT_HYPHEN, "") for text in texts], joints

    def _wraps_inside_words(self, line: PageLine, following: PageLine) -> bool:
        """Chinese and Japanese lines end anywhere; so do Korean ones, in a file that has the spaces between them."""
        pair = line.text[-1:] + following.text[:1]
        return bool(_HAN.fullmatch(pair)) or (self._spaced and not line.spaced and bool(_HANGUL.fullmatch(pair)))

    def _healed(self, text: str, following: str) -> tuple[str, str]:
        """The text of a line and its joint, when the next line may go on with its last word."""
        cut = _CUT.search(text)
        rest = re.match(r"\w+", following)
        if cut is None or rest is None:
            return text, " "
        soft = text.endswith(_SOFT_HYPHEN)
        hyphenated = f"{cut.group(1)}-{rest.group()}".lower()
        belongs = hyphenated in self._words or not rest.group()[0].islower() or not cut.group(1)[-1].isalpha()
        belongs = belongs or bool(_COMPOUND.match(hyphenated))
        if belongs and not soft:
            return text, ""
        return text[:-1], ""


def joined_across_breaks(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs and tables that a column or page break cut in two are one again.

    Of a paragraph it is told by the sentence that goes on; notes, captions and tables in between come after it.
    """
    waiting = list(reversed(paragraphs))
    while waiting:
        current = waiting.pop()
        between = _between(current, waiting)
        while between is not None and len(waiting) > between:
            rest = waiting.pop(-1 - between)
            current.lines = [*current.lines, *rest.lines]
            if current.table is not None and rest.table is not None:
                current.table = _table_on(current.table, rest.table)
                current.lines = current.table.lines
            between = _between(current, waiting)
        yield current


def _between(current: Paragraph, waiting: Sequence[Paragraph]) -> int | None:
    """How many paragraphs stand before the one that goes on with the current one; None when there is none."""
    for count, following in enumerate(reversed(waiting[-_MAX_BETWEEN - 1 :])):
        if _goes_on(current, following):
            return count
        aside = following.kind in _ASIDE or following.size < _NOTE_SIZE * current.lines[-1].size
        if current.kind not in _RUNNING or not aside:
            return None
    return None


def _goes_on(current: Paragraph, following: Paragraph) -> bool:
    last, first = current.lines[-1], following.lines[0]
    if current.table is not None and following.table is not None:
        return first.box.page == last.box.page + 1 and _same_columns(current.table, following.table)
    if current.kind not in _RUNNING or following.kind is not BlockKind.PARAGRAPH:
        return False
    broken = first.box.page != last.box.page or first.y0 < last.y0
    same = abs(first.size - last.size) < 0.5 and first.bold == last.bold
    return broken and same and not ends_sentence(last.text) and _is_rest(last, first)


def _is_rest(last: PageLine, first: PageLine) -> bool:
    """Whether a line begins in the middle of a sentence; where letters have no case, full lines must tell."""
    letter = first.text[:1]
    if letter.islower():
        return True
    full = last.room < first.size and first.indent < first.size / 2
    return full and letter.isalpha() and letter.upper() == letter.lower()


def _same_columns(one: PageTable, other: PageTable) -> bool:
    if len(one.edges) != len(other.edges):
        return False
    return all(abs(a - b) < _SAME_EDGE for a, b in zip(one.edges, other.edges, strict=True))


def _table_on(table: PageTable, rest: PageTable) -> PageTable:
    """One table of two parts; the header that the second repeats is left out."""
    same = takewhile(lambda rows: rows[0] == rows[1], zip(table.cells, rest.cells, strict=False))
    repeated = sum(1 for _ in same)
    return PageTable([*table.cells, *rest.cells[repeated:]], [*table.lines, *rest.lines[repeated:]], table.edges)


def _indented(lines: Sequence[PageLine]) -> list[str]:
    """Lines of code with the spaces they begin with."""
    longest = max(lines, key=lambda line: len(line.text))
    letter = (longest.x1 - longest.x0) / max(len(longest.text), 1) or 1.0
    left = min(line.x0 for line in lines)
    return [" " * min(round((line.x0 - left) / letter), _MAX_INDENT) + line.text for line in lines]
