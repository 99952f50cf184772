import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ragstone_ingestion.errors import NoText, ParserLimit, UnsupportedType
from ragstone_ingestion.parsers import images, ocr
from ragstone_ingestion.parsers.ocr import OcrLine

from .reading import blocks, read

pytestmark = pytest.mark.requirement("ING-8")


def picture(*frames: str, kind: str = "PNG", size: tuple[int, int] = (420, 120)) -> bytes:
    drawn = []
    for text in frames:
        image = Image.new("RGB", size, "white")
        ImageDraw.Draw(image).text((20, 20), text, fill="black", font=ImageFont.load_default(24))
        drawn.append(image)
    buffer = io.BytesIO()
    drawn[0].save(buffer, kind, **({"save_all": True, "append_images": drawn[1:]} if drawn[1:] else {}))
    return buffer.getvalue()


def lines_of(image: Image.Image) -> list[OcrLine]:
    """What OCR might say of any picture: two lines close together, one apart, and one blank."""
    assert image.mode
    heights = [(10, 30, "The  wall"), (34, 54, "is old."), (100, 120, "Ada"), (121, 122, " ")]
    return [OcrLine(text, 0, top, image.width * 1.1, bottom, 0.9) for top, bottom, text in heights]


def test_lines_become_paragraphs_with_boxes_on_their_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "is_installed", lambda: True)
    monkeypatch.setattr(images, "recognise", lines_of)
    document = read(tmp_path, "scan.tiff", picture("one", "two", kind="TIFF", size=(200, 200)))
    assert document.pages == 2
    assert blocks(document) == [("paragraph", "The wall\nis old."), ("paragraph", "Ada")] * 2
    assert [block.page for block in document.blocks] == [1, 1, 2, 2]
    box = document.blocks[2].boxes[1]
    assert (box.page, box.x0, box.y0, box.x1, box.y1) == (2, 0, 0.17, 1, 0.27)


def test_without_the_extra_the_refusal_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "is_installed", lambda: False)
    with pytest.raises(UnsupportedType, match=r"ragstone-ingestion\[ocr\]"):
        read(tmp_path, "scan.png", picture("words"))


@pytest.mark.skipif(not ocr.is_installed(), reason="the extra ocr is not installed")
def test_words_in_a_picture_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, "scan.txt", picture("Red stones weigh twelve")).text == "Red stones weigh twelve"


def test_a_picture_without_words_has_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "is_installed", lambda: True)
    monkeypatch.setattr(images, "recognise", lambda image: [])
    with pytest.raises(NoText):
        read(tmp_path, "scan.png", picture(""))


@pytest.mark.requirement("ING-5")
def test_a_picture_too_large_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "is_installed", lambda: True)
    monkeypatch.setattr(images, "_MAX_PIXELS", 1000)
    with pytest.raises(ParserLimit):
        read(tmp_path, "large.png", picture("words"))
