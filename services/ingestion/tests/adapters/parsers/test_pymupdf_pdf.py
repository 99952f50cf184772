"""PyMuPDF as a parser; skipped where somebody has not installed it, as Ragstone itself never does (AGPL)."""

from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from ragstone_ingestion.errors import CorruptDocument, NoText

from .vendors import said

pymupdf_pdf = pytest.importorskip("ragstone_ingestion.adapters.parsers.pymupdf_pdf", exc_type=ImportError)


def test_the_engines_blocks_are_paragraphs_with_a_box_for_each_line(tmp_path: Path) -> None:
    source = tmp_path / "wall.pdf"
    canvas = Canvas(str(source))
    canvas.setTitle("The wall")
    canvas.drawString(72, 780, "Each stone was cut by hand,")
    canvas.drawString(72, 768, "and each is red.")
    canvas.save()
    document = pymupdf_pdf.PyMuPdfParser().parse(source, "wall.pdf")
    assert said(document) == [("paragraph", "Each stone was cut by hand, and each is red.")]
    assert (document.title, document.pages, len(document.blocks[0].boxes)) == ("The wall", 1, 2)


def test_broken_and_blank_files_are_told_apart(tmp_path: Path) -> None:
    broken, blank = tmp_path / "broken.pdf", tmp_path / "blank.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing more")
    Canvas(str(blank)).save()
    with pytest.raises(CorruptDocument):
        pymupdf_pdf.PyMuPdfParser().parse(broken, "broken.pdf")
    with pytest.raises(NoText):
        pymupdf_pdf.PyMuPdfParser().parse(blank, "blank.pdf")
