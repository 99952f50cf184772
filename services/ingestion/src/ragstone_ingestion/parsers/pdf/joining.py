"""How lines become text: words cut at line ends are healed, sentences cut by columns and pages go on."""

import re
from collections.abc import Iterator, Sequence

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.parsers.canonical import CELL_SEPARATOR, Line, one_line
from ragstone_ingestion.parsers.pdf.lines import PageLine
from ragstone_ingestion.parsers.pdf.paragraphs import Paragraph, ends_sentence

_SOFT_HYPHEN = "\u00ad"
_CUT = re.compile(r"(\w+)[-\u2010\u00ad]$")
_WORD = re.compile(r"\w+(?:[-\u2010]\w+)*")
_HAN = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]{2}")
_HANGUL = re.compile(r"[\uac00-\ud7af]{2}")
_RUNNING = (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)


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
        if paragraph.table is not None:
            rows = [CELL_SEPARATOR.join(map(one_line, cells)).strip() for cells in paragraph.table.cells]
            lines = [Line(row, line.box) for row, line in zip(rows, paragraph.lines, strict=True)]
            return lines, ["\n"] * (len(lines) - 1)
        texts = [line.text for line in paragraph.lines]
        joint = "\n" if paragraph.kind is BlockKind.CODE else " "
        joints = [joint] * (len(texts) - 1)
        if paragraph.kind is not BlockKind.CODE:
            for position in range(len(joints)):
                if self._wraps_inside_words(paragraph.lines[position], paragraph.lines[position + 1]):
                    joints[position] = ""
                else:
                    texts[position], joints[position] = self._healed(texts[position], texts[position + 1])
        lines = [
            Line(text.replace(_SOFT_HYPHEN, ""), line.box) for text, line in zip(texts, paragraph.lines, strict=True)
        ]
        return lines, joints

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
        if belongs and not soft:
            return text, ""
        return text[:-1], ""


def joined_across_breaks(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Paragraphs that a column or page break cut in two are one again; it is told by the sentence that goes on."""
    current: Paragraph | None = None
    for paragraph in paragraphs:
        if current is not None and _goes_on(current, paragraph):
            current.lines = [*current.lines, *paragraph.lines]
            continue
        if current is not None:
            yield current
        current = paragraph
    if current is not None:
        yield current


def _goes_on(current: Paragraph, following: Paragraph) -> bool:
    if current.kind not in _RUNNING or following.kind is not BlockKind.PARAGRAPH:
        return False
    last, first = current.lines[-1], following.lines[0]
    broken = first.box.page != last.box.page or first.y0 < last.y0
    same = abs(first.size - last.size) < 0.5 and first.bold == last.bold
    return broken and same and not ends_sentence(last.text) and first.text[:1].islower()
