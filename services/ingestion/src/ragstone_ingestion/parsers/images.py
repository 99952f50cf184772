"""Pictures of text: scans, photographs, screenshots."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, NoText, ParserLimit, UnsupportedType
from ragstone_ingestion.parsers.canonical import CanonicalText, Line, one_line
from ragstone_ingestion.parsers.ocr import EXTRA, OcrLine, is_installed, recognise
from ragstone_ingestion.parsers.rejection import damage_is_rejected

_MAX_PIXELS = 100_000_000
_MAX_PAGES = 200
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")
_PARAGRAPH_GAP = 0.9
"""A paragraph ends where the gap to the next line is larger than this share of the line's height."""


class ImageParser:
    """What OCR reads, a paragraph per group of lines; the pictures of a TIFF are pages."""

    media_types = frozenset({"image/png", "image/jpeg", "image/tiff", "image/webp"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        if not is_installed():
            raise UnsupportedType(f"reading images needs the extra {EXTRA}")
        canonical, page = CanonicalText(), 0
        with damage_is_rejected(filename):
            for page, image in enumerate(_pages(source), start=1):
                for paragraph in _paragraphs(recognise(image)):
                    lines = [_line(line, image, page) for line in paragraph]
                    canonical.add_lines(BlockKind.PARAGRAPH, lines, ["\n"] * (len(lines) - 1))
        if not canonical.blocks:
            raise NoText("no text is to be seen in the image")
        return canonical.document(pages=page)


def _pages(source: Path) -> Iterator[Image.Image]:
    """The pictures, upright. Raises ParserLimit before one that is too large is unpacked."""
    Image.MAX_IMAGE_PIXELS = None  # its own limit only warns, up to twice that size
    try:
        opened = Image.open(source, formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise CorruptDocument("the image cannot be read") from error
    with opened:
        for number, frame in enumerate(ImageSequence.Iterator(opened)):
            if frame.width * frame.height > _MAX_PIXELS or number >= _MAX_PAGES:
                raise ParserLimit(f"an image may have {_MAX_PIXELS // 10**6} megapixels and {_MAX_PAGES} pages")
            yield ImageOps.exif_transpose(frame)


def _paragraphs(lines: list[OcrLine]) -> Iterator[list[OcrLine]]:
    """Lines in reading order, parted where more than a line's usual distance lies between them."""
    paragraph: list[OcrLine] = []
    for line in lines:
        if not one_line(line.text):
            continue
        if paragraph and line.y0 - paragraph[-1].y1 > _PARAGRAPH_GAP * (line.y1 - line.y0):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _line(line: OcrLine, image: Image.Image, page: int) -> Line:
    x0, x1 = (min(1.0, max(0.0, x / image.width)) for x in (line.x0, line.x1))
    y0, y1 = (min(1.0, max(0.0, y / image.height)) for y in (line.y0, line.y1))
    return Line(one_line(line.text), Box(page=page, x0=x0, y0=y0, x1=x1, y1=y1))
