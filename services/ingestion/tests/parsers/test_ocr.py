"""Skipped visibly where the extra ``ocr`` is not installed."""

from collections.abc import Sequence
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ragstone_ingestion.errors import NoText
from ragstone_ingestion.parsers import ocr
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits

from .pdf_pages import HEIGHT, WIDTH, found, parse, pdf, write

pytestmark = pytest.mark.requirement("ING-8")
needs_ocr = pytest.mark.skipif(not ocr.is_installed(), reason="the extra ragstone-ingestion[ocr] is not installed")
LINES = ["The wall was built of red stones", "by people who lived near the sea,", "and it stands to this day."]


def picture(folder: Path, lines: Sequence[str] = LINES) -> Image.Image:
    """A page of text as an image."""
    path = pdf(folder, lambda canvas: write(canvas, list(lines), size=14))
    with pypdfium2.PdfDocument(path) as document:
        image: Image.Image = document[0].render(scale=1.2).to_pil().convert("L")
    return image


def scan(folder: Path) -> Path:
    """A page with text, then one that is only an image of text."""
    image = picture(folder)

    def scanned(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(image), 0, 0, WIDTH, HEIGHT)

    return pdf(folder, lambda canvas: write(canvas, ["Typed, not scanned."]), scanned)


@needs_ocr
async def test_a_scanned_page_is_read_within_the_limits_of_the_sandbox(tmp_path: Path) -> None:
    pool = ParserPool(SandboxLimits())
    document = await pool.parse(scan(tmp_path), "scan.pdf", "application/pdf")
    await pool.close()
    assert [text.replace(" ", "") for _, text in found(document)] == [
        "Typed,notscanned.",
        "".join(LINES).replace(" ", ""),
    ]
    assert document.metadata["pages_by_ocr"] == [2]
    first = document.blocks[1].boxes[0]
    assert first.page == 2
    assert first.y0 < 1 - 700 / HEIGHT < first.y1
    assert first.x0 == pytest.approx(72 / WIDTH, abs=0.01)


@needs_ocr
def test_lines_are_recognised_where_they_stand(tmp_path: Path) -> None:
    image = picture(tmp_path, LINES[:1])
    (line,) = ocr.recognise(image)
    assert line.text.replace(" ", "") == LINES[0].replace(" ", "")
    assert line.y0 < (HEIGHT - 700) * 1.2 < line.y1
    assert 0.8 < line.score <= 1
    assert ocr.recognise(Image.new("RGB", (200, 100), "white")) == []


def test_without_the_extra_the_pages_that_cannot_be_read_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = scan(tmp_path)
    monkeypatch.setattr(ocr, "find_spec", lambda name: None)
    document = parse(source)
    assert (document.text, document.metadata["pages_without_text"]) == ("Typed, not scanned.", [2])
    blank = tmp_path / "scan.pdf"
    picture(tmp_path).save(blank, "PDF")
    with pytest.raises(NoText, match=r"ragstone-ingestion\[ocr\]"):
        parse(blank)
    with pytest.raises(NoText, match=r"ragstone-ingestion\[ocr\]"):
        ocr.recognise(Image.new("RGB", (10, 10)))


def test_a_blank_page_is_not_missing_any_text(tmp_path: Path) -> None:
    document = parse(pdf(tmp_path, lambda canvas: write(canvas, ["Words"]), lambda canvas: None))
    assert document.pages == 2
    assert "pages_without_text" not in document.metadata


def test_a_text_layer_whose_font_does_not_name_its_letters_counts_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf", asciiReadable=False))
    typed = pdf(tmp_path, lambda canvas: write(canvas, LINES, font="Vera"), pageCompression=0)
    assert parse(typed).text == " ".join(LINES)
    garbled = tmp_path / "garbled.pdf"
    garbled.write_bytes(typed.read_bytes().replace(b"/ToUnicode", b"/NoUnicode"))
    monkeypatch.setattr(ocr, "find_spec", lambda name: None)
    with pytest.raises(NoText):
        parse(garbled)
