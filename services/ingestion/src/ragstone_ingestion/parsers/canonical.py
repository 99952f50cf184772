"""The canonical text: one plain reading of a document that blocks, chunks and citations point into."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ragstone_contracts.documents import Block, BlockKind, Box, ParsedDocument

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")
_TIGHT = {BlockKind.LIST_ITEM, BlockKind.CODE}
CELL_SEPARATOR = " | "


def clean(text: str) -> str:
    """The text with every line break a newline, and without control characters, surrogates or byte order marks."""
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", _NEWLINES.sub("\n", text)))


def one_line(text: str) -> str:
    """The text cleaned, with every run of white space a single space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())  # most cells of most tables, at a tenth of the time
    return _SPACES.sub(" ", clean(text)).strip()


def table_text(rows: Sequence[Sequence[str]]) -> str:
    """A table as text: a row a line, cells joined by `` | ``; rows without any text are left out."""
    lines = [[one_line(cell) for cell in row] for row in rows]
    return "\n".join(CELL_SEPARATOR.join(line).strip() for line in lines if any(line))


@dataclass(frozen=True)
class Line:
    """A line of a block as it stands on the page."""

    text: str
    box: Box


@dataclass
class CanonicalText:
    """Grows the text and its blocks together, so that every block's range is exact."""

    parts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    length: int = 0

    def add(self, kind: BlockKind, text: str, *, level: int | None = None, page: int | None = None) -> None:
        """Appends a block; a blank one is left out."""
        text = clean(text).strip("\n").rstrip()
        if text.strip():
            block = Block(kind=kind, start=0, end=0, level=level, page=page, boxes=[], box_starts=[])
            self._append(block, text)

    def add_lines(
        self, kind: BlockKind, lines: Sequence[Line], joints: Sequence[str], *, level: int | None = None
    ) -> None:
        """Appends a block made of lines with boxes; ``joints[i]`` stands between line ``i`` and the next.

        The lines' texts are clean already; a block without any text is left out.
        """
        if not any(line.text.strip() for line in lines):
            return
        starts, pieces, position = [], [], 0
        for line, joint in zip(lines, [*joints, ""], strict=True):
            starts.append(position)
            pieces += [line.text, joint]
            position += len(line.text) + len(joint)
        block = Block(kind=kind, start=0, end=0, level=level, page=lines[0].box.page)
        block.boxes = [line.box for line in lines]
        block.box_starts = starts
        self._append(block, "".join(pieces))

    def first_heading(self) -> str | None:
        """The text of the first title or heading."""
        first = next((block for block in self.blocks if block.kind in (BlockKind.TITLE, BlockKind.HEADING)), None)
        return "".join(self.parts)[first.start : first.end] if first else None

    def lower_headings(self, first: int) -> None:
        """Puts the headings from block ``first`` on one level deeper, below a title that stands above them."""
        for block in self.blocks[first:]:
            if block.kind is BlockKind.TITLE:
                block.kind, block.level = BlockKind.HEADING, 1
            elif block.kind is BlockKind.HEADING:
                block.level = (block.level or 1) + 1

    def document(self, title: str | None = None, pages: int | None = None, **metadata: Any) -> ParsedDocument:
        title = one_line(title)[:300] if title else None
        return ParsedDocument(
            text="".join(self.parts), blocks=self.blocks, title=title or None, pages=pages, metadata=metadata
        )

    def _append(self, block: Block, text: str) -> None:
        if self.blocks:
            tight = block.kind in _TIGHT and self.blocks[-1].kind is block.kind
            self._push("\n" if tight else "\n\n")
        block.start = self.length
        block.box_starts = [self.length + offset for offset in block.box_starts]
        self._push(text)
        block.end = self.length
        self.blocks.append(block)

    def _push(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)
