"""What Textract answers: a flat list of blocks that name each other by id."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.adapters.parsers.composing import MAX_PAGE, Passage, Piece, box_at, compose, rows_of
from ragstone_ingestion.adapters.parsers.exchange import Answered

_BULLET = re.compile(r"[•◦▪‣·●○*–-]\s+")
_KINDS = {
    "LAYOUT_TITLE": BlockKind.TITLE,
    "LAYOUT_SECTION_HEADER": BlockKind.HEADING,
    "LAYOUT_TEXT": BlockKind.PARAGRAPH,
    "LAYOUT_KEY_VALUE": BlockKind.PARAGRAPH,
    "LAYOUT_FIGURE": BlockKind.CAPTION,
}


class _BoundingBox(Answered):
    """Fractions of the page, from its top left."""

    Left: float = 0.0
    Top: float = 0.0
    Width: float = 0.0
    Height: float = 0.0


class _Geometry(Answered):
    BoundingBox: _BoundingBox = _BoundingBox()


class _Relationship(Answered):
    Type: str
    Ids: list[str] = []


class TextractBlock(Answered):
    BlockType: str
    Id: str
    Text: str = ""
    Page: int = Field(default=1, ge=1, le=MAX_PAGE)
    """Left out where the document has one page."""
    Geometry: _Geometry = _Geometry()
    Relationships: list[_Relationship] | None = None
    RowIndex: int = Field(default=1, ge=1)
    ColumnIndex: int = Field(default=1, ge=1)
    SelectionStatus: str = ""

    @property
    def children(self) -> list[str]:
        return [one for related in self.Relationships or [] if related.Type == "CHILD" for one in related.Ids]


_Blocks = Mapping[str, TextractBlock]


def textract_document(blocks: Sequence[TextractBlock], pages: int | None) -> ParsedDocument:
    """The document of all blocks; the layout blocks come in reading order."""
    known = {block.Id: block for block in blocks}
    lists = [block for block in blocks if block.BlockType == "LAYOUT_LIST"]
    in_lists = {child for block in lists for child in block.children}
    tables = [block for block in blocks if block.BlockType == "TABLE"]
    layout = [block for block in blocks if block.BlockType.startswith("LAYOUT_") and block.Id not in in_lists]
    if not layout:
        layout = [block for block in blocks if block.BlockType == "LINE"]
    passages = [passage for block in layout for passage in _passages(block, known, tables)]
    return compose(passages, pages or max((block.Page for block in blocks), default=None))


def _passages(block: TextractBlock, known: _Blocks, tables: list[TextractBlock]) -> Iterator[Passage]:
    if block.BlockType == "LINE":
        yield Passage(BlockKind.PARAGRAPH, [_piece(block)], block.Page)
    elif block.BlockType == "LAYOUT_LIST":
        yield from _list_items(block, known)
    elif block.BlockType == "LAYOUT_TABLE":
        yield from _table(block, known, tables)
    elif block.BlockType in _KINDS:
        kind = _KINDS[block.BlockType]
        yield Passage(kind, _lines(block, known), block.Page, 1 if kind is BlockKind.HEADING else None)


def _list_items(block: TextractBlock, known: _Blocks) -> Iterator[Passage]:
    """A list names its items, which name their lines; a list of one item may name its lines itself."""
    for item in _children(block, known):
        lines = _lines(item, known) if item.BlockType != "LINE" else [_piece(item)]
        if lines:
            yield Passage(BlockKind.LIST_ITEM, [Piece(f"- {_bare(lines[0].text)}", lines[0].box), *lines[1:]], block.Page)


def _table(block: TextractBlock, known: _Blocks, tables: list[TextractBlock]) -> Iterator[Passage]:
    """The tables that stand where the layout says there is one, each once; without any, its lines."""
    here = [table for table in tables if table.Page == block.Page and _is_within(table, block)]
    for table in here:
        tables.remove(table)
        cells = [cell for cell in _children(table, known) if cell.BlockType == "CELL"]
        rows = rows_of((cell.RowIndex, cell.ColumnIndex, Piece(_words(cell, known), _box(cell))) for cell in cells)
        yield Passage(BlockKind.TABLE, rows, block.Page)
    if not here:
        yield Passage(BlockKind.PARAGRAPH, _lines(block, known), block.Page)


def _is_within(table: TextractBlock, block: TextractBlock) -> bool:
    inner, outer = table.Geometry.BoundingBox, block.Geometry.BoundingBox
    x, y = inner.Left + inner.Width / 2, inner.Top + inner.Height / 2
    return outer.Left <= x <= outer.Left + outer.Width and outer.Top <= y <= outer.Top + outer.Height


def _children(block: TextractBlock, known: _Blocks) -> list[TextractBlock]:
    return [known[child] for child in block.children if child in known]


def _lines(block: TextractBlock, known: _Blocks) -> list[Piece]:
    return [_piece(child) for child in _children(block, known) if child.BlockType == "LINE"]


def _words(cell: TextractBlock, known: _Blocks) -> str:
    marks = {"SELECTED": "☒", "NOT_SELECTED": "☐"}
    return " ".join(child.Text or marks.get(child.SelectionStatus, "") for child in _children(cell, known))


def _bare(text: str) -> str:
    """A list item's text without the bullet that Textract reads as a character."""
    return text[found.end() :] if (found := _BULLET.match(text)) else text


def _piece(block: TextractBlock) -> Piece:
    return Piece(block.Text, _box(block))


def _box(block: TextractBlock) -> Box | None:
    box = block.Geometry.BoundingBox
    return box_at(block.Page, [(box.Left, box.Top), (box.Left + box.Width, box.Top + box.Height)])
