"""The pages of a PDF one by one, each as lines and tables in reading order."""

from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from ragstone_ingestion.errors import CorruptDocument
from ragstone_ingestion.parsers import ocr
from ragstone_ingestion.parsers.pdf.layout import Flow, page_flow
from ragstone_ingestion.parsers.pdf.scans import OcrReader, is_scan, shows_something
from ragstone_ingestion.parsers.pdf.segments import PageSegments, page_segments


@dataclass
class Pages:
    """What every page says; ``recognised`` and ``without_text`` count pages from 1."""

    flows: list[list[Flow]] = field(default_factory=list)
    recognised: list[int] = field(default_factory=list)
    without_text: list[int] = field(default_factory=list)


def read_pages(document: Any, filename: str) -> Pages:
    """All pages; scans are read by their looks where OCR is installed. Raises CorruptDocument for a broken page."""
    pages = Pages()
    reader = OcrReader(filename) if ocr.is_installed() else None
    for index in range(len(document)):
        segments, needs_ocr = _text_layer(document, index)
        if needs_ocr and reader is not None:
            found = reader.read(document, index)
            if found.segments:
                segments = found
                pages.recognised.append(index + 1)
        if needs_ocr and not segments.segments:
            pages.without_text.append(index + 1)
        pages.flows.append(page_flow(segments, index + 1))
    return pages


def _text_layer(document: Any, index: int) -> tuple[PageSegments, bool]:
    """The segments of a page, and whether its text has to be looked for in what it shows."""
    page = pdfium.FPDF_LoadPage(document.raw, index)
    if not page:
        raise CorruptDocument(f"page {index + 1} cannot be read")
    try:
        text = pdfium.FPDFText_LoadPage(page)
        if not text:
            raise CorruptDocument(f"the text of page {index + 1} cannot be read")
        try:
            segments = page_segments(page, text)
        finally:
            pdfium.FPDFText_ClosePage(text)
        return segments, is_scan(page, segments) or (not segments.segments and shows_something(page))
    finally:
        pdfium.FPDF_ClosePage(page)
