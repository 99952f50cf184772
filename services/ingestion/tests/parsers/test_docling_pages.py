from pathlib import Path

import pytest
from docling.backend.pypdfium2_backend import PyPdfiumDocumentBackend
from docling.datamodel.base_models import InputFormat
from docling.document_converter import DocumentConverter, FormatOption, NativePdfFormatOption
from docling_core.types.doc.base import BoundingBox, CoordOrigin, Size
from docling_core.types.doc.common.reference import ProvenanceItem
from docling_core.types.doc.document import DoclingDocument
from docling_core.types.doc.items.table.table_data import TableCell, TableData
from docling_core.types.doc.labels import DocItemLabel

from ragstone_ingestion.parsers.pdf.docling_pages import canonical_of_pages

from .pdf_pages import HEIGHT, found, pdf, write

pytestmark = pytest.mark.requirement("ING-8")


def test_what_docling_reads_stands_where_the_page_shows_it(tmp_path: Path) -> None:
    source = pdf(tmp_path, lambda canvas: write(canvas, ["The first line", "The second line"], y=700))
    options: dict[InputFormat, FormatOption] = {InputFormat.PDF: NativePdfFormatOption(backend=PyPdfiumDocumentBackend)}
    converter = DocumentConverter(allowed_formats=[InputFormat.PDF], format_options=options)
    document = canonical_of_pages(converter.convert(source).document)
    assert found(document) == [("paragraph", "The first line"), ("paragraph", "The second line")]
    assert document.pages == 1
    for block, baseline in zip(document.blocks, (700, 688), strict=True):
        (box,) = block.boxes
        assert box.y0 < 1 - baseline / HEIGHT < box.y1 + 0.005


def place(top: float, bottom: float, characters: int = 0) -> ProvenanceItem:
    box = BoundingBox(l=10, t=top, r=90, b=bottom, coord_origin=CoordOrigin.TOPLEFT)
    return ProvenanceItem(page_no=1, bbox=box, charspan=(0, characters))


def cell(text: str, row: int, column: int, top: float) -> TableCell:
    box = BoundingBox(l=10 + 40 * column, t=top, r=50 + 40 * column, b=top + 10, coord_origin=CoordOrigin.TOPLEFT)
    return TableCell(
        text=text,
        bbox=box,
        start_row_offset_idx=row,
        end_row_offset_idx=row + 1,
        start_col_offset_idx=column,
        end_col_offset_idx=column + 1,
    )


def test_headings_lists_captions_and_tables_of_docling_keep_their_kind() -> None:
    document = DoclingDocument(name="wall")
    document.add_page(1, Size(width=100, height=200))
    document.add_heading("The wall", level=1, prov=place(10, 20))
    items = document.add_list_group()
    document.add_list_item("red stones", prov=place(30, 40), parent=items)
    document.add_text(DocItemLabel.CAPTION, "Table 1: Stones", prov=place(50, 60))
    cells = [cell("Stone", 0, 0, 70), cell("kg", 0, 1, 70), cell("red", 1, 0, 80), cell("12", 1, 1, 80)]
    document.add_table(TableData(table_cells=cells, num_rows=2, num_cols=2), prov=place(70, 90))
    parsed = canonical_of_pages(document)
    assert found(parsed) == [
        ("heading", "The wall"),
        ("list_item", "- red stones"),
        ("caption", "Table 1: Stones"),
        ("table", "Stone | kg\nred | 12"),
    ]
    assert parsed.title == "The wall"
    table = parsed.blocks[-1]
    assert [(box.y0, box.y1) for box in table.boxes] == [(0.35, 0.4), (0.4, 0.45)]
    assert parsed.text[table.box_starts[1] :] == "red | 12"
