"""Pages without a text layer that can be read: scans, drawings, fonts that do not say what their letters are."""

import resource
import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ragstone_ingestion.errors import CorruptDocument, ParserLimit
from ragstone_ingestion.parsers.ocr import OcrLine, recognise
from ragstone_ingestion.parsers.pdf.characters import Style
from ragstone_ingestion.parsers.pdf.segments import PageSegments, Segment

_MAX_SCALE = 3.0
_LONG_SIDE = 2000
_MIN_SCORE = 0.6
_FONT_SHARE = 0.75
"""A line's box is higher than its font is large."""
_SAME_HEIGHT = 0.3
_TIME_SHARE = 0.8
_FEW_CHARACTERS = 80
_COVERED = 0.7
_MAX_OBJECTS = 200


def shows_something(page: Any) -> bool:
    """Whether there is anything on a page without text; a blank page is not missing any."""
    return bool(pdfium.FPDFPage_CountObjects(page) > 0 or pdfium.FPDFPage_GetAnnotCount(page) > 0)


def is_scan(page: Any, segments: PageSegments) -> bool:
    """Whether an image covers the page and what text there is cannot be the page's: a stamp, a page number."""
    if sum(len(segment.text) for segment in segments.segments) > _FEW_CHARACTERS:
        return False
    count = pdfium.FPDFPage_CountObjects(page)
    area = segments.width * segments.height
    return count <= _MAX_OBJECTS and any(_image_area(page, index) > _COVERED * area for index in range(count))


class OcrReader:
    """Reads pages by their looks, as long as the process may work on the document."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._pages = 0
        self._spent = 0.0
        self._begin = time.monotonic()
        soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
        # The sandbox grants as many seconds by the clock as it does of CPU.
        self._seconds = float("inf") if soft == resource.RLIM_INFINITY else _TIME_SHARE * (soft - time.process_time())

    def read(self, document: Any, index: int) -> PageSegments:
        """The page's lines as segments. Raises ParserLimit when there is no time for another page."""
        began = time.monotonic()
        if self._pages and began - self._begin + self._spent / self._pages > self._seconds:
            raise ParserLimit(f"{self._filename} has more scans than can be read in time: {self._pages} were")
        try:
            page = document[index]
        except pypdfium2.PdfiumError as error:
            raise CorruptDocument(f"page {index + 1} cannot be read") from error
        width, height = page.get_size()
        scale = min(_MAX_SCALE, _LONG_SIDE / max(width, height, 1))
        lines = recognise(page.render(scale=scale).to_pil())
        page.close()
        self._pages += 1
        self._spent += time.monotonic() - began
        return PageSegments(width, height, list(_segments(lines, scale)))


def _segments(lines: Sequence[OcrLine], scale: float) -> Iterator[Segment]:
    readable = [line for line in lines if line.score >= _MIN_SCORE and line.text.strip()]
    heights = [min(line.y1 - line.y0, line.x1 - line.x0) for line in readable]
    usual = median(heights) if heights else 0.0
    for line, height in zip(readable, heights, strict=True):
        # A line without tall letters is lower, not in a smaller font.
        size = usual if abs(height - usual) < _SAME_HEIGHT * usual else height
        turn = 3 if line.y1 - line.y0 > line.x1 - line.x0 and len(line.text) > 2 else 0
        x0, y0, x1, y1 = (value / scale for value in (line.x0, line.y0, line.x1, line.y1))
        yield Segment(line.text, x0, y0, x1, y1, Style("", max(round(_FONT_SHARE * size / scale), 1), turn=turn))


def _image_area(page: Any, index: int) -> float:
    """The area an image covers, in square points; 0 for anything else."""
    one = pdfium.FPDFPage_GetObject(page, index)
    if pdfium.FPDFPageObj_GetType(one) != pdfium.FPDF_PAGEOBJ_IMAGE:
        return 0.0
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(one, matrix)
    return float(abs(matrix.a * matrix.d - matrix.b * matrix.c))
