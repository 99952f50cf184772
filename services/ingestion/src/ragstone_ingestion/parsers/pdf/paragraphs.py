"""Lines to paragraphs: where one ends, what kind it is, and how its lines join."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.parsers.pdf.layout import Flow
from ragstone_ingestion.parsers.pdf.lines import LEADER, NUMBERED, PageLine, is_list_item
from ragstone_ingestion.parsers.pdf.tables import PageTable

_FIRST = re.compile(r"\(?(?:1|[aAiI])[.)]\s")
_BEFORE_ITEM = re.compile(r"[.:;!?]$")
_SENTENCE_END = re.compile(r"[.!?:;。！？][\"'”’»)\]]*$")
_CAPTION = re.compile(
    r"[\[<【(]?(?:figure|fig\.|table|tab\.|listing|algorithm|example|exhibit|chart|scheme|plate|abbildung|abb\.|tabelle"
    r"|tableau|figura|tabla|tabela|рис(?:унок|\.)|табл(?:ица|\.)|图|表|圖|図|그림|표)\s*"
    r"(?:[A-Z]\.?)?\d{1,3}(?:[.\-–]\d{1,3})*[a-z]?(?P<end>\s*[.:|–—\]>】)]|$|(?=\s))",
    re.IGNORECASE,
)
_MARKS_ONLY = re.compile(r"[\W_]{1,3}")
_MAX_CAPTION = 1_000
_MAX_BARE_CAPTION = 200
_SIZE_TOLERANCE = 0.08
_INDENT = 0.8
_EXTRA_GAP = 0.4
_SHORT = 0.6


@dataclass
class Paragraph:
    """Lines that belong together; ``table`` when they are the rows of one."""

    lines: list[PageLine]
    kind: BlockKind = BlockKind.PARAGRAPH
    level: int | None = None
    table: PageTable | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)


def paragraphs_of(page: Sequence[Flow]) -> Iterator[Paragraph]:
    """The paragraphs of a page in order; headings are not told apart yet."""
    leading = _leading(page)
    current: list[PageLine] = []
    for item in page:
        if isinstance(item, PageLine) and _MARKS_ONLY.fullmatch(item.text) and not item.mono:
            continue
        if isinstance(item, PageTable):
            if current:
                yield _paragraph(current)
            current = []
            yield Paragraph(item.lines, BlockKind.TABLE, table=item)
            continue
        if current and _ends_between(current, item, leading):
            yield _paragraph(current)
            current = []
        current.append(item)
    if current:
        yield _paragraph(current)


def ends_sentence(text: str) -> bool:
    return bool(_SENTENCE_END.search(text))


def is_caption(text: str) -> bool:
    """Whether it is said what a figure or table shows; a sentence that only speaks of one goes on in small letters."""
    match = _CAPTION.match(text)
    if match is None or len(text) > _MAX_CAPTION:
        return False
    rest = text[match.end() :].strip()
    return bool(match["end"].strip()) or not rest or (not rest[0].islower() and len(text) <= _MAX_BARE_CAPTION)


def _is_contents_entry(text: str) -> bool:
    return f" {LEADER} " in text


def _paragraph(lines: list[PageLine]) -> Paragraph:
    if all(line.mono for line in lines):
        return Paragraph(lines, BlockKind.CODE)
    if is_list_item(lines[0].text):
        return Paragraph(lines, BlockKind.LIST_ITEM)
    text = " ".join(line.text for line in lines)
    caption = is_caption(text) and not _is_contents_entry(text)
    return Paragraph(lines, BlockKind.CAPTION if caption else BlockKind.PARAGRAPH)


def _leading(page: Sequence[Flow]) -> float:
    """The usual distance from one line's top to the next one's, in font sizes."""
    lines = [item for item in page if isinstance(item, PageLine)]
    steps = [(b.y0 - a.y0) / a.size for a, b in itertools.pairwise(lines) if _same_size(a, b)]
    return median([step for step in steps if 0.8 < step < 2.2] or [1.2])


def _same_size(one: PageLine, other: PageLine) -> bool:
    return abs(one.size - other.size) <= _SIZE_TOLERANCE * max(one.size, other.size)


def _ends_between(lines: Sequence[PageLine], following: PageLine, leading: float) -> bool:
    last = lines[-1]
    step = (following.y0 - last.y0) / last.size
    if last.mono and following.mono:
        return not 0 < step < leading + 3 * _EXTRA_GAP
    if not _same_size(last, following) or last.bold != following.bold or last.mono != following.mono:
        return True
    if is_caption(following.text) and ends_sentence(last.text):
        return True
    if _begins_item(lines, following) or _is_contents_entry(last.text) or not 0 < step < leading + _EXTRA_GAP:
        return True
    return _begins_indented(lines, following) or _stopped_short(last, following)


def _begins_item(lines: Sequence[PageLine], following: PageLine) -> bool:
    """Whether a list item begins: a number that a sentence happens to be broken before is none."""
    if not is_list_item(following.text):
        return False
    wrapped = NUMBERED.match(following.text) and not _FIRST.match(following.text)
    return not wrapped or is_list_item(lines[0].text) or bool(_BEFORE_ITEM.search(lines[-1].text))


def _begins_indented(lines: Sequence[PageLine], following: PageLine) -> bool:
    """A first line stands to the right of the line before; in a list item, only what stands left of it is outside."""
    indent = _INDENT * following.size
    if is_list_item(lines[0].text):
        return following.begin < lines[0].begin - indent
    centred = abs((following.x0 - following.left) - (following.right - following.x1)) < indent
    return following.begin > lines[-1].begin + indent and not centred and len(lines) > 1


def _stopped_short(last: PageLine, following: PageLine) -> bool:
    """Whether the last line ends where the next word would still have had room."""
    if not _had_room(last, following):
        return False
    if last.font != following.font:
        return True
    if following.text[:1].islower():
        return False
    return ends_sentence(last.text) or last.x1 - last.x0 < _SHORT * (last.right - last.left)


def _had_room(last: PageLine, following: PageLine) -> bool:
    word = following.text.split(" ", 1)[0]
    needed = (len(word) + 1) * (following.x1 - following.x0) / max(len(following.text), 1)
    return last.room > needed + following.size
