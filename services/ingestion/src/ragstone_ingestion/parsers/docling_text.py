"""From docling's document tree to the canonical text and its blocks."""

import re
from collections.abc import Iterator

from docling_core.types.doc.common.content_layer import ContentLayer
from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.items.code import CodeItem
from docling_core.types.doc.items.group import GroupItem, InlineGroup
from docling_core.types.doc.items.node import DocItem, NodeItem
from docling_core.types.doc.items.picture.picture import PictureItem
from docling_core.types.doc.items.table.table import TableItem
from docling_core.types.doc.items.table.table_data import RichTableCell, TableCell, TableData
from docling_core.types.doc.items.text import ListItem, SectionHeaderItem, TextItem, TitleItem
from docling_core.types.doc.labels import DocItemLabel, GroupLabel

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line, table_text

_SPACE_BEFORE_PUNCTUATION = re.compile(r" +([,.;:!?)\]])")
_NUMBERED = re.compile(r"\w+[.)]")


def canonical_of(document: DoclingDocument) -> ParsedDocument:
    """The body of the document in reading order; notes, furniture and invisible layers are left out."""
    canonical = CanonicalText()
    add_document(canonical, document)
    titles = (item.text for item in document.texts if isinstance(item, TitleItem | SectionHeaderItem))
    return canonical.document(next(titles, None), len(document.pages) or None)


def add_document(canonical: CanonicalText, document: DoclingDocument) -> None:
    """Appends the body of the document in reading order; notes, furniture and invisible layers are left out."""
    for item in _flow(document.body, document):
        _add(item, document, canonical)


def _flow(node: NodeItem, document: DoclingDocument) -> Iterator[NodeItem]:
    """The nodes that become blocks; what a table or a run of inline text holds belongs to its block."""
    sheet = isinstance(node, GroupItem) and node.label is GroupLabel.SHEET
    if sheet or isinstance(node, DocItem | InlineGroup):
        if node.content_layer is ContentLayer.BODY:
            yield node
        if isinstance(node, TableItem | InlineGroup):
            return
    for child in _children(node, document):
        inline_of_list_item = isinstance(node, ListItem) and isinstance(child, InlineGroup) and not node.text
        if not inline_of_list_item:
            yield from _flow(child, document)


def _children(node: NodeItem, document: DoclingDocument) -> list[NodeItem]:
    return [reference.resolve(document) for reference in node.children]


def _add(item: NodeItem, document: DoclingDocument, canonical: CanonicalText) -> None:
    page = item.prov[0].page_no if isinstance(item, DocItem) and item.prov else None
    if isinstance(item, TableItem):
        canonical.add(BlockKind.TABLE, table_text(_rows(item.data, document)), page=page)
    elif isinstance(item, PictureItem):
        canonical.add(BlockKind.TABLE, _chart(item, document), page=page)
    elif isinstance(item, GroupItem) and item.label is GroupLabel.SHEET:
        canonical.add(BlockKind.HEADING, one_line(item.name), level=1)
    elif isinstance(item, InlineGroup):
        canonical.add(BlockKind.PARAGRAPH, _inline(item, document), page=page)
    elif isinstance(item, TitleItem):
        canonical.add(BlockKind.TITLE, one_line(item.text), page=page)
    elif isinstance(item, SectionHeaderItem):
        canonical.add(BlockKind.HEADING, one_line(item.text), level=item.level, page=page)
    elif isinstance(item, ListItem):
        canonical.add(BlockKind.LIST_ITEM, _list_item(item, document), page=page)
    elif isinstance(item, CodeItem):
        canonical.add(BlockKind.CODE, item.text, page=page)
    elif isinstance(item, TextItem):
        kind = BlockKind.CAPTION if item.label is DocItemLabel.CAPTION else BlockKind.PARAGRAPH
        canonical.add(kind, item.text, page=page)


def _list_item(item: ListItem, document: DoclingDocument) -> str:
    inline = [child for child in _children(item, document) if isinstance(child, InlineGroup)]
    text = item.text or " ".join(_inline(child, document) for child in inline)
    marker = item.marker if _NUMBERED.fullmatch(item.marker) else "-"
    return f"{marker} {text}" if text.strip() else ""


def _inline(group: NodeItem, document: DoclingDocument) -> str:
    texts = [child.text for child in _children(group, document) if isinstance(child, TextItem)]
    return _SPACE_BEFORE_PUNCTUATION.sub(r"\1", " ".join(text.strip() for text in texts if text.strip()))


def _rows(table: TableData, document: DoclingDocument) -> list[list[str]]:
    return [[_cell(cell, document) for cell in row] for row in table.grid]


def _chart(picture: PictureItem, document: DoclingDocument) -> str:
    """The numbers behind a chart; a picture that is no chart has no text."""
    chart = picture.meta.tabular_chart if picture.meta else None
    return table_text(_rows(chart.chart_data, document)) if chart else ""


def _cell(cell: TableCell, document: DoclingDocument) -> str:
    if isinstance(cell, RichTableCell):
        return _flat(cell.ref.resolve(document), document)
    return cell.text


def _flat(node: NodeItem, document: DoclingDocument) -> str:
    """All text below a node in one line; a table within a table cell reads row by row."""
    if isinstance(node, InlineGroup):
        return _inline(node, document)
    if isinstance(node, TableItem):
        return " ".join(" ".join(row) for row in _rows(node.data, document))
    own = [node.text] if isinstance(node, TextItem) else []
    if isinstance(node, GroupItem | TextItem):
        own += [_flat(child, document) for child in _children(node, document)]
    return " ".join(text.strip() for text in own if text.strip())
