"""From a PDF that docling has read to the canonical text, with the place of every block."""

from collections.abc import Iterator, Sequence

from docling_core.types.doc.base import BoundingBox
from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.items.code import CodeItem
from docling_core.types.doc.items.node import NodeItem
from docling_core.types.doc.items.table.table import TableItem
from docling_core.types.doc.items.text import ListItem, SectionHeaderItem, TextItem, TitleItem
from docling_core.types.doc.labels import DocItemLabel

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.parsers.canonical import CELL_SEPARATOR, CanonicalText, Line, clean, one_line


def canonical_of_pages(document: DoclingDocument) -> ParsedDocument:
    """Blocks in docling's reading order; what docling places as one is a line: a paragraph, a row of a table."""
    canonical = CanonicalText()
    for item, _ in document.iterate_items(with_groups=False):
        if isinstance(item, TableItem):
            lines = list(_rows(item, document))
            canonical.add_lines(BlockKind.TABLE, lines, ["\n"] * (len(lines) - 1))
        elif isinstance(item, TextItem) and item.prov:
            lines = list(_pieces(item, document))
            canonical.add_lines(_kind(item), lines, [""] * (len(lines) - 1), level=_level(item))
    return canonical.document(canonical.first_heading(), len(document.pages) or None)


def _kind(item: TextItem) -> BlockKind:
    kinds: Sequence[tuple[type[NodeItem], BlockKind]] = (
        (TitleItem, BlockKind.TITLE),
        (SectionHeaderItem, BlockKind.HEADING),
        (ListItem, BlockKind.LIST_ITEM),
        (CodeItem, BlockKind.CODE),
    )
    found = next((kind for type_, kind in kinds if isinstance(item, type_)), BlockKind.PARAGRAPH)
    return BlockKind.CAPTION if item.label is DocItemLabel.CAPTION else found


def _level(item: TextItem) -> int | None:
    return item.level if isinstance(item, SectionHeaderItem) else None


def _pieces(item: TextItem, document: DoclingDocument) -> Iterator[Line]:
    """The parts of a text that stand in different places: the columns or pages it runs over."""
    text = f"{item.marker or '-'} {item.text}" if isinstance(item, ListItem) else item.text
    if not isinstance(item, CodeItem):
        text = one_line(text)
    ends = [*(part.charspan[0] for part in item.prov[1:]), len(text)]
    begin = 0
    for part, stated in zip(item.prov, ends, strict=True):
        end = max(begin, min(stated, len(text)))
        yield Line(clean(text[begin:end]), _box(part.bbox, part.page_no, document))
        begin = end


def _rows(table: TableItem, document: DoclingDocument) -> Iterator[Line]:
    if not table.prov:
        return
    place = table.prov[0]
    for cells in table.data.grid:
        text = CELL_SEPARATOR.join(one_line(cell.text) for cell in cells).strip()
        boxes = [cell.bbox for cell in cells if cell.bbox is not None]
        if text.strip(" |"):
            # Cells have no page of their own; a table over two pages comes as two.
            yield Line(text, _box(_around(boxes) if boxes else place.bbox, place.page_no, document))


def _around(boxes: Sequence[BoundingBox]) -> BoundingBox:
    return BoundingBox.enclosing_bbox(list(boxes))


def _box(bbox: BoundingBox, page: int, document: DoclingDocument) -> Box:
    size = document.pages[page].size
    top_left = bbox.to_top_left_origin(size.height)
    x0, x1 = (_fraction(value, size.width) for value in (top_left.l, top_left.r))
    y0, y1 = (_fraction(value, size.height) for value in (top_left.t, top_left.b))
    return Box(page=page, x0=x0, y0=y0, x1=x1, y1=y1)


def _fraction(value: float, whole: float) -> float:
    return round(min(max(value / (whole or 1), 0.0), 1.0), 4)
