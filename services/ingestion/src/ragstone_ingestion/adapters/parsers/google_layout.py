"""What Document AI's layout parser answers: blocks within blocks, headings holding what stands below them."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from ragstone_contracts.documents import BlockKind, Box
from ragstone_ingestion.adapters.parsers.composing import MAX_PAGE, Passage, Piece, box_at, rows_of
from ragstone_ingestion.adapters.parsers.exchange import CamelAnswered

_FURNITURE = frozenset({"header", "footer"})


class _Vertex(CamelAnswered):
    """A coordinate of 0 is left out."""

    x: float = 0.0
    y: float = 0.0


class _Polygon(CamelAnswered):
    normalized_vertices: list[_Vertex] = []


class _PageSpan(CamelAnswered):
    page_start: int = Field(default=1, ge=1, le=MAX_PAGE)


class _TextBlock(CamelAnswered):
    """``type`` is paragraph, subtitle, heading-1 to heading-5, header or footer."""

    text: str = ""
    type: str = "paragraph"
    blocks: list["LayoutBlock"] = []


class _Entry(CamelAnswered):
    blocks: list["LayoutBlock"] = []


class _ListBlock(CamelAnswered):
    list_entries: list[_Entry] = []
    type: str = "unordered"


class _Row(CamelAnswered):
    cells: list[_Entry] = []


class _TableBlock(CamelAnswered):
    header_rows: list[_Row] = []
    body_rows: list[_Row] = []
    caption: str = ""


class LayoutBlock(CamelAnswered):
    """Has one of the three."""

    text_block: _TextBlock | None = None
    table_block: _TableBlock | None = None
    list_block: _ListBlock | None = None
    page_span: _PageSpan = _PageSpan()
    bounding_box: _Polygon | None = None


class DocumentLayout(CamelAnswered):
    blocks: list[LayoutBlock] = []


def layout_passages(blocks: Sequence[LayoutBlock]) -> Iterator[Passage]:
    """The passages of the blocks and of those within them, in reading order."""
    for block in blocks:
        if block.text_block is not None:
            yield from _text_passages(block, block.text_block)
        elif block.table_block is not None:
            yield from _table_passages(block, block.table_block)
        elif block.list_block is not None:
            yield from _list_passages(block, block.list_block)


def _text_passages(block: LayoutBlock, text: _TextBlock) -> Iterator[Passage]:
    page, pieces = block.page_span.page_start, [Piece(text.text, _box(block))]
    heading, _, level = text.type.partition("-")
    if heading == "heading":
        yield Passage(BlockKind.HEADING, pieces, page, int(level) if level.isdecimal() and len(level) < 3 else 1)
    elif text.type == "subtitle":
        yield Passage(BlockKind.HEADING, pieces, page, 2)
    elif text.type not in _FURNITURE:
        yield Passage(BlockKind.PARAGRAPH, pieces, page)
    yield from layout_passages(text.blocks)


def _table_passages(block: LayoutBlock, table: _TableBlock) -> Iterator[Passage]:
    page = block.page_span.page_start
    if table.caption:
        yield Passage(BlockKind.CAPTION, [Piece(table.caption)], page)
    cells = (
        (number, column, Piece(_flat(cell.blocks), _box(block)))
        for number, row in enumerate([*table.header_rows, *table.body_rows])
        for column, cell in enumerate(row.cells)
    )
    yield Passage(BlockKind.TABLE, rows_of(cells), page)


def _list_passages(block: LayoutBlock, listing: _ListBlock) -> Iterator[Passage]:
    for number, entry in enumerate(listing.list_entries, 1):
        first, *others = entry.blocks or [LayoutBlock()]
        if first.text_block is not None and first.text_block.text:
            marker = f"{number}." if listing.type == "ordered" else "-"
            piece = Piece(f"{marker} {first.text_block.text}", _box(first) or _box(block))
            yield Passage(BlockKind.LIST_ITEM, [piece], first.page_span.page_start)
            yield from layout_passages([*first.text_block.blocks, *others])
        else:
            yield from layout_passages(entry.blocks)


def _flat(blocks: Sequence[LayoutBlock]) -> str:
    return " ".join(piece.text for passage in layout_passages(blocks) for piece in passage.pieces)


def _box(block: LayoutBlock) -> Box | None:
    if block.bounding_box is None:
        return None
    corners = [(corner.x, corner.y) for corner in block.bounding_box.normalized_vertices]
    return box_at(block.page_span.page_start, corners)
