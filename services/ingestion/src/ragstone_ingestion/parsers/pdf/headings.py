"""Which paragraphs are headings, and how deep: by the document's outline, by numbering, by size and weight."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.parsers.pdf.lines import LEADER
from ragstone_ingestion.parsers.pdf.paragraphs import Paragraph, ends_sentence

_LARGER = 1.12
_MAX_CHARACTERS = 200
_MAX_LINES = 4
_MAX_LEVEL = 6
_NUMBERING = re.compile(
    r"(?:chapter\s+|section\s+|appendix\s+)?((?:\d{1,2}|[A-Z])(?:\.\d{1,2})*)\.?\s+\S", re.IGNORECASE
)
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class OutlineEntry:
    """A bookmark: what it says, its depth from 1, and its page from 1."""

    title: str
    level: int
    page: int


def mark_headings(paragraphs: Sequence[Paragraph], outline: Iterable[OutlineEntry]) -> None:
    """Turns paragraphs that are headings into such, and the largest on the first page into the title."""
    prose = [paragraph for paragraph in paragraphs if paragraph.kind is not BlockKind.TABLE]
    body = _body_size(paragraphs)
    bold_body = _mostly_bold(prose)
    bookmarks = _bookmarks(outline)
    for paragraph in prose:
        page = paragraph.lines[0].box.page
        level = bookmarks[page].get(_key(paragraph.text)) or bookmarks[page - 1].get(_key(paragraph.text))
        if level is not None or _looks_like_heading(paragraph, body, bold_body):
            paragraph.kind, paragraph.level = BlockKind.HEADING, level
    headings = [paragraph for paragraph in prose if paragraph.kind is BlockKind.HEADING]
    title = _title(prose, headings, body)
    if title is not None:
        title.kind, title.level = BlockKind.TITLE, None
    _set_levels([heading for heading in headings if heading is not title])


def _body_size(paragraphs: Sequence[Paragraph]) -> float:
    sizes: Counter[float] = Counter()
    for paragraph in paragraphs:
        for line in paragraph.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def _mostly_bold(paragraphs: Sequence[Paragraph]) -> bool:
    bold = sum(len(line.text) for paragraph in paragraphs for line in paragraph.lines if line.bold)
    return bold * 2 > sum(len(line.text) for paragraph in paragraphs for line in paragraph.lines)


def _looks_like_heading(paragraph: Paragraph, body: float, bold_body: bool) -> bool:
    text = paragraph.text
    letters = sum(character.isalpha() for character in text)
    if len(text) > _MAX_CHARACTERS or len(paragraph.lines) > _MAX_LINES or letters < max(2, len(text) / 3):
        return False
    if paragraph.kind in (BlockKind.CODE, BlockKind.CAPTION) or LEADER in text or text.endswith((",", ";")):
        return False
    if paragraph.size >= _LARGER * body:
        return paragraph.kind is BlockKind.PARAGRAPH or bool(_NUMBERING.match(text))
    upright_bold = paragraph.bold and not bold_body and paragraph.size >= 0.9 * body
    return upright_bold and len(paragraph.lines) <= 2 and not ends_sentence(text)


def _bookmarks(outline: Iterable[OutlineEntry]) -> defaultdict[int, dict[str, int]]:
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for entry in outline:
        found[entry.page].setdefault(_key(entry.title), min(entry.level, _MAX_LEVEL))
    return found


def _key(text: str) -> str:
    """The letters and digits of a heading, without its number: outlines often leave that out."""
    match = _NUMBERING.match(text)
    words = _WORDS.findall(text[match.end(1) :] if match else text)
    return "".join(words).lower()


def _set_levels(headings: Sequence[Paragraph]) -> None:
    """Levels where the outline gave none: by numbering, else that of others in the style, else by rank of size."""
    by_style: defaultdict[tuple[float, bool], Counter[int]] = defaultdict(Counter)
    for heading in headings:
        numbering = _NUMBERING.match(heading.text)
        if heading.level is None and numbering:
            heading.level = min(numbering.group(1).count(".") + 1, _MAX_LEVEL)
        if heading.level is not None:
            by_style[_style(heading)][heading.level] += 1
    known = {style: levels.most_common(1)[0][0] for style, levels in by_style.items()}
    unknown = sorted({_style(heading) for heading in headings if heading.level is None} - set(known), reverse=True)
    for heading in headings:
        if heading.level is None:
            heading.level = min(_level_of(_style(heading), known, unknown), _MAX_LEVEL)


def _level_of(
    style: tuple[float, bool], known: dict[tuple[float, bool], int], unknown: list[tuple[float, bool]]
) -> int:
    if not known:
        return unknown.index(style) + 1
    if style in known:
        return known[style]
    return min((level for other, level in known.items() if other < style), default=max(known.values()) + 1)


def _style(heading: Paragraph) -> tuple[float, bool]:
    return round(heading.size), heading.bold


def _title(prose: Sequence[Paragraph], headings: Sequence[Paragraph], body: float) -> Paragraph | None:
    """The largest heading on the first page, or the one it begins with, if no other heading looks the same."""
    first = [paragraph for paragraph in prose if paragraph.lines[0].box.page == 1]
    largest = max(first, key=lambda paragraph: paragraph.size, default=None)
    for candidate in (largest, *first[:1]):
        if candidate is None or candidate.kind is not BlockKind.HEADING or _NUMBERING.match(candidate.text):
            continue
        alone = sum(_style(heading) == _style(candidate) for heading in headings) == 1
        if alone and (candidate.size >= _LARGER * body or (candidate is first[0] and candidate.level is None)):
            return candidate
    return None
