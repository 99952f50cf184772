"""PDFs drawn for tests, and what the parser finds in them."""

from collections.abc import Callable
from pathlib import Path

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.parsers.pdf.parser import PdfiumParser

WIDTH, HEIGHT = A4
Draw = Callable[[Canvas], object]


def parse(source: Path) -> ParsedDocument:
    return PdfiumParser().parse(source, source.name)


def pdf(folder: Path, *pages: Draw, **options: object) -> Path:
    path = folder / "document.pdf"
    canvas = Canvas(str(path), pagesize=A4, **options)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def write(
    canvas: Canvas, lines: list[str], x: float = 72, y: float = 700, size: float = 10, font: str = "Times-Roman"
) -> float:
    """The lines one under the other; returns where the next would stand."""
    canvas.setFont(font, size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= size * 1.2
    return y


def prose(name: str, lines: int = 4, words: int = 11) -> list[str]:
    """Full lines of one paragraph whose words say where they belong."""
    return [" ".join(f"{name}{line}w{word:02}" for word in range(words)) for line in range(lines)]


def found(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(block.kind.value, document.text[block.start : block.end]) for block in document.blocks]
