"""pdfplumber as a parser; skipped where that extra is not installed."""

from pathlib import Path

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from ragstone_ingestion.errors import CorruptDocument, NoText, PasswordProtected

from .vendors import said

pdfplumber_pdf = pytest.importorskip("ragstone_ingestion.adapters.parsers.pdfplumber_pdf", exc_type=ImportError)


def drawn(path: Path, *, password: str | None = None, text: bool = True) -> Path:
    encryption = StandardEncryption(password) if password else None
    canvas = Canvas(str(path), pagesize=A4, encrypt=encryption)
    canvas.setTitle("The wall")
    if text:
        canvas.drawString(72, 780, "Each stone was cut by hand,")
        canvas.drawString(72, 766, "and each is red.")
        canvas.drawString(72, 700, "A second paragraph.")
        canvas.grid([72, 172, 272], [600, 620, 640])
        for x, y, said_ in ((80, 625, "Name"), (180, 625, "Weight"), (80, 605, "Red"), (180, 605, "12")):
            canvas.drawString(x, y, said_)
        canvas.showPage()
        canvas.drawString(72, 780, "The last page.")
    canvas.save()
    return path


def test_lines_near_each_other_are_a_paragraph_and_ruled_cells_a_table(tmp_path: Path) -> None:
    document = pdfplumber_pdf.PdfplumberParser().parse(drawn(tmp_path / "wall.pdf"), "wall.pdf")
    assert said(document) == [
        ("paragraph", "Each stone was cut by hand, and each is red."),
        ("paragraph", "A second paragraph."),
        ("table", "Name | Weight\nRed | 12"),
        ("paragraph", "The last page."),
    ]
    assert (document.title, document.pages) == ("The wall", 2)
    assert len(document.blocks[0].boxes) == 2
    assert document.blocks[0].boxes[0].y0 == pytest.approx(1 - 788 / A4[1], abs=0.01)


def test_locked_broken_and_blank_files_are_told_apart(tmp_path: Path) -> None:
    parser = pdfplumber_pdf.PdfplumberParser()
    with pytest.raises(PasswordProtected):
        parser.parse(drawn(tmp_path / "locked.pdf", password="secret"), "locked.pdf")
    with pytest.raises(NoText):
        parser.parse(drawn(tmp_path / "blank.pdf", text=False), "blank.pdf")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing more")
    with pytest.raises(CorruptDocument):
        parser.parse(broken, "broken.pdf")
