"""What Document AI's layout parser answers: blocks within blocks, headings holding what stands below them."""

from collections.abc import Iterator, Sequence

from pydantic import Field

from ragstone_contracts.documents import BlockKind, Box
from ragstone_ingestion.adapters.parsers.composing import MAX_PAGE, Passage, Piece, box_at, rows_of
from ragstone_ingestion.adapters.parsers.exchange import Answered

_FURNITURE = frozenset({"header", "footer"})


class _Vertex(Answered):
    """A coordinate of 0 is left out."""

    x: float = 0.0
    y: float = 0.0


class _Polygon(Answered):
    normalizedVertices: list[_Vertex] = []


class _PageSpan(Answered):
    pageStart: int = Field(default=1, ge=1, le=MAX_PAGE)


class _TextBlock(Answered):
    """``type`` is paragraph, subtitle, heading-1 to heading-5, header or footer."""

    text: str = ""
    type: str = "paragraph"
    blocks: list["LayoutBlock"] = []


class _Entry(Answered):
    blocks: list["LayoutBlock"] = []


class _ListBlock(Answered):
    listEntries: list[_Entry] = []
    type: str = "unordered"


class _Row(Answered):
    cells: list[_Entry] = []


class _TableBlock(Answered):
    headerRows: list[_Row] = []
    bodyRows: list[_Row] = []
    caption: str = ""


class LayoutBlock(Answered):
    """Has one of the three."""

    textBlock: _TextBlock | None = None
    tableBlock: _TableBlock | None = None
    listBlock: _ListBlock | None = None
    pageSpan: _PageSpan = _PageSpan()
    boundingBox: _Polygon | None = None


class DocumentLayout(Answered):
    blocks: list[LayoutBlock] = []


def layout_passages(blocks: Sequence[LayoutBlock]) -> Iterator[Passage]:
    """The passages of the blocks and of those within them, in reading order."""
    for block in blocks:
        if block.textBlock is not None:
            yield from _text_passages(block, block.textBlock)
        elif block.tableBlock is not None:
            yield from _table_passages(block, block.tableBlock)
        elif block.listBlock is not None:
            yield from _list_passages(block, block.listBlock)


def _text_passages(block: LayoutBlock, text: _TextBlock) -> Iterator[Passage]:
    page, pieces = block.pageSpan.pageStart, [Piece(text.text, _box(block))]
    heading, _, level = text.type.partition("-")
    if heading == "heading":
        yield Passage(BlockKind.HEADING, pieces, page, int(level) if level.isdecimal() and len(level) < 3 else 1)
    elif text.type == "subtitle":
        yield Passage(BlockKind.HEADING, pieces, page, 2)
    elif text.type not in _FURNITURE:
        yield Passage(BlockKind.PARAGRAPH, pieces, page)
    yield from layout_passages(text.blocks)


def _table_passages(block: LayoutBlock, table: _TableBlock) -> Iterator[Passage]:
    page = block.pageSpan.pageStart
    if table.caption:
        yield Passage(BlockKind.CAPTION, [Piece(table.caption)], page)
    cells = (
        (number, column, Piece(_flat(cell.blocks), _box(block)))
        for number, row in enumerate([*table.headerRows, *table.bodyRows])
        for column, cell in enumerate(row.cells)
    )
    yield Passage(BlockKind.TABLE, rows_of(cells), page)


def _list_passages(block: LayoutBlock, listing: _ListBlock) -> Iterator[Passage]:
    for number, entry in enumerate(listing.listEntries, 1):
        first, *others = entry.blocks or [LayoutBlock()]
        if first.textBlock is not None and first.textBlock.text:
            marker = f"{number}." if listing.type == "ordered" else "-"
            piece = Piece(f"{marker} {first.textBlock.text}", _box(first) or _box(block))
            yield Passage(BlockKind.LIST_ITEM, [piece], first.pageSpan.pageStart)
            yield from layout_passages([*first.textBlock.blocks, *others])
        else:
            yield from layout_passages(entry.blocks)


def _flat(blocks: Sequence[LayoutBlock]) -> str:
    return " ".join(piece.text for passage in layout_passages(blocks) for piece in passage.pieces)


def _box(block: LayoutBlock) -> Box | None:
    if block.boundingBox is None:
        return None
    corners = [(corner.x, corner.y) for corner in block.boundingBox.normalizedVertices]
    return box_at(block.pageSpan.pageStart, corners)
