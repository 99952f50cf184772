"""What Textract answers: a flat list of blocks that name each other by id."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.adapters.parsers.composing import MAX_PAGE, Passage, Piece, box_at, compose, rows_of
from ragstone_ingestion.adapters.parsers.exchange import PascalAnswered

_BULLET = re.compile(r"[•◦▪‣·●○*–-]\s+")
_KINDS = {
    "LAYOUT_TITLE": BlockKind.TITLE,
    "LAYOUT_SECTION_HEADER": BlockKind.HEADING,
    "LAYOUT_TEXT": BlockKind.PARAGRAPH,
    "LAYOUT_KEY_VALUE": BlockKind.PARAGRAPH,
    "LAYOUT_FIGURE": BlockKind.CAPTION,
}


class _BoundingBox(PascalAnswered):
    """Fractions of the page, from its top left."""

    left: float = 0.0
    top: float = 0.0
    width: float = 0.0
    height: float = 0.0


class _Geometry(PascalAnswered):
    bounding_box: _BoundingBox = _BoundingBox()


class _Relationship(PascalAnswered):
    type: str
    ids: list[str] = []


class TextractBlock(PascalAnswered):
    block_type: str
    id: str
    text: str = ""
    page: int = Field(default=1, ge=1, le=MAX_PAGE)
    """Left out where the document has one page."""
    geometry: _Geometry = _Geometry()
    relationships: list[_Relationship] | None = None
    row_index: int = Field(default=1, ge=1)
    column_index: int = Field(default=1, ge=1)
    selection_status: str = ""

    @property
    def children(self) -> list[str]:
        return [one for related in self.relationships or [] if related.type == "CHILD" for one in related.ids]


_Blocks = Mapping[str, TextractBlock]


def textract_document(blocks: Sequence[TextractBlock], pages: int | None) -> ParsedDocument:
    """The document of all blocks; the layout blocks come in reading order."""
    known = {block.id: block for block in blocks}
    lists = [block for block in blocks if block.block_type == "LAYOUT_LIST"]
    in_lists = {child for block in lists for child in block.children}
    tables = [block for block in blocks if block.block_type == "TABLE"]
    layout = [block for block in blocks if block.block_type.startswith("LAYOUT_") and block.id not in in_lists]
    if not layout:
        layout = [block for block in blocks if block.block_type == "LINE"]
    passages = [passage for block in layout for passage in _passages(block, known, tables)]
    return compose(passages, pages or max((block.page for block in blocks), default=None))


def _passages(block: TextractBlock, known: _Blocks, tables: list[TextractBlock]) -> Iterator[Passage]:
    if block.block_type == "LINE":
        yield Passage(BlockKind.PARAGRAPH, [_piece(block)], block.page)
    elif block.block_type == "LAYOUT_LIST":
        yield from _list_items(block, known)
    elif block.block_type == "LAYOUT_TABLE":
        yield from _table(block, known, tables)
    elif block.block_type in _KINDS:
        kind = _KINDS[block.block_type]
        yield Passage(kind, _lines(block, known), block.page, 1 if kind is BlockKind.HEADING else None)


def _list_items(block: TextractBlock, known: _Blocks) -> Iterator[Passage]:
    """A list names its items, which name their lines; a list of one item may name its lines itself."""
    for item in _children(block, known):
        lines = _lines(item, known) if item.block_type != "LINE" else [_piece(item)]
        if lines:
            yield Passage(
                BlockKind.LIST_ITEM, [Piece(f"- {_bare(lines[0].text)}", lines[0].box), *lines[1:]], block.page
            )


def _table(block: TextractBlock, known: _Blocks, tables: list[TextractBlock]) -> Iterator[Passage]:
    """The tables that stand where the layout says there is one, each once; without any, its lines."""
    here = [table for table in tables if table.page == block.page and _is_within(table, block)]
    for table in here:
        tables.remove(table)
        cells = [cell for cell in _children(table, known) if cell.block_type == "CELL"]
        rows = rows_of((cell.row_index, cell.column_index, Piece(_words(cell, known), _box(cell))) for cell in cells)
        yield Passage(BlockKind.TABLE, rows, block.page)
    if not here:
        yield Passage(BlockKind.PARAGRAPH, _lines(block, known), block.page)


def _is_within(table: TextractBlock, block: TextractBlock) -> bool:
    inner, outer = table.geometry.bounding_box, block.geometry.bounding_box
    x, y = inner.left + inner.width / 2, inner.top + inner.height / 2
    return outer.left <= x <= outer.left + outer.width and outer.top <= y <= outer.top + outer.height


def _children(block: TextractBlock, known: _Blocks) -> list[TextractBlock]:
    return [known[child] for child in block.children if child in known]


def _lines(block: TextractBlock, known: _Blocks) -> list[Piece]:
    return [_piece(child) for child in _children(block, known) if child.block_type == "LINE"]


def _words(cell: TextractBlock, known: _Blocks) -> str:
    marks = {"SELECTED": "☒", "NOT_SELECTED": "☐"}
    return " ".join(child.text or marks.get(child.selection_status, "") for child in _children(cell, known))


def _bare(text: str) -> str:
    """A list item's text without the bullet that Textract reads as a character."""
    return text[found.end() :] if (found := _BULLET.match(text)) else text


def _piece(block: TextractBlock) -> Piece:
    return Piece(block.text, _box(block))


def _box(block: TextractBlock) -> Box | None:
    box = block.geometry.bounding_box
    return box_at(block.page, [(box.left, box.top), (box.left + box.width, box.top + box.height)])
