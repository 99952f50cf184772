"""The part of a document that the rules look at: bounded, whatever the document's size."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.metadata.finding import Passage, lowered
from ragstone_ingestion.metadata.labels import LabelledLine, labelled_lines

HEAD_CHARACTERS = 8_000
HEAD_PAGES = 3
_COVER_CHARACTERS = 2_500
_COVER_LINES = 50
_LINE_CHARACTERS = 400
_NAME_CHARACTERS = 200
_LINE = re.compile(r"[^\n]+")
_SEPARATORS = str.maketrans("_-+", "   ")
_HEADINGS = (BlockKind.TITLE, BlockKind.HEADING)


@dataclass(frozen=True, slots=True)
class View:
    """``head`` is the beginning of the canonical text, ``lower`` the same in lower case; ``cover`` its first lines.

    ``title`` is the parser's, or else the line that stands where a title would.

    ``stem`` is the file's name without extension, ``name`` the same with its words apart (and of the same length).
    """

    head: str
    lower: str
    cover: list[Passage]
    labelled: list[LabelledLine]
    title: Passage | None
    stem: str
    name: Passage
    extension: str
    properties: Mapping[str, Any]

    def title_and_name(self) -> list[Passage]:
        return [self.name] if self.title is None else [self.title, self.name]


_QUESTION = re.compile(
    r"(?:is|are|was|were|do|does|did|can|will|should|what|which|who|when|where|why|how)\b", re.IGNORECASE
)
_SENTENCE_ENDS = (".", ",", ";", ":", "?", "!")
_TITLE_CHARACTERS = 120
_TITLE_SPACES = 15
_LABEL = 12
_OPENING_LINES = 3


def reads_as_title(passage: Passage) -> bool:
    """Whether it is short and no sentence."""
    ends = passage.text.endswith(_SENTENCE_ENDS) and not passage.heading
    return len(passage.text) <= _TITLE_CHARACTERS and not ends


def names_document(passage: Passage) -> bool:
    """Whether it may say what the document is: a title that is no question about something."""
    return reads_as_title(passage) and not passage.text.endswith("?") and not _QUESTION.match(passage.text)


def view_of(parsed: ParsedDocument, filename: str) -> View:
    head = parsed.text[: _end_of_head(parsed)]
    path = PurePath(filename[-_NAME_CHARACTERS:])
    name = Passage(path.stem.translate(_SEPARATORS), "filename")
    cover = _cover(parsed, head)
    title = _title(parsed, head) or _opening(cover, head)
    return View(
        head=head,
        lower=lowered(head),
        cover=cover,
        labelled=labelled_lines(cover),
        title=title,
        stem=path.stem,
        name=name,
        extension=path.suffix.lower(),
        properties=parsed.metadata,
    )


def _end_of_head(parsed: ParsedDocument) -> int:
    for block in parsed.blocks:
        if block.start >= HEAD_CHARACTERS:
            break
        if (block.page or 1) > HEAD_PAGES:
            return block.start
    return HEAD_CHARACTERS


def _title(parsed: ParsedDocument, head: str) -> Passage | None:
    title = (parsed.title or "").strip()[:_LINE_CHARACTERS]
    if not title:
        return None
    offset = head.find(title, 0, _COVER_CHARACTERS)
    return Passage(title, "title", offset if offset >= 0 else None)


def _opening(cover: list[Passage], head: str) -> Passage | None:
    """What stands where a title would: a heading among the first lines, or a first line of some words by itself."""
    heading = next((line for line in cover[:_OPENING_LINES] if line.heading), None)
    return cover[0] if cover and _stands_alone(cover[0], head) else heading


def _stands_alone(line: Passage, head: str) -> bool:
    """Whether it is a title by its words, with a blank line below it."""
    assert line.offset is not None
    end = line.offset + len(line.text)
    several = 1 <= line.text.count(" ") <= _TITLE_SPACES and "|" not in line.text and ":" not in line.text[:_LABEL]
    return several and reads_as_title(line) and line.text[0].isupper() and head[end : end + 2] == "\n\n"


def _cover(parsed: ParsedDocument, head: str) -> list[Passage]:
    headings = {block.start for block in parsed.blocks[:_COVER_LINES] if block.kind in _HEADINGS}
    lines = []
    for found in _LINE.finditer(head, 0, _COVER_CHARACTERS):
        raw = found.group()[:_LINE_CHARACTERS]
        text = raw.strip()
        if text:
            start = found.start() + raw.index(text[0])
            lines.append(Passage(text, "text", start, start in headings))
            if len(lines) == _COVER_LINES:
                break
    return lines
