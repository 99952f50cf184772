"""The PDF parser: pages one by one, then what only the whole document shows."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, NoText, ParserLimit, PasswordProtected
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.pdf.furniture import without_furniture
from ragstone_ingestion.parsers.pdf.headings import OutlineEntry, mark_headings
from ragstone_ingestion.parsers.pdf.joining import Joiner, joined_across_breaks
from ragstone_ingestion.parsers.pdf.layout import Flow, page_flow
from ragstone_ingestion.parsers.pdf.paragraphs import Paragraph, paragraphs_of
from ragstone_ingestion.parsers.pdf.segments import page_segments

MAX_PAGES = 5_000
_TAIL_BYTES = 4096
_FILE_NAME = re.compile(r"\.\w{1,5}$|^untitled|^microsoft", re.IGNORECASE)


class PdfiumParser:
    """Reads the text layer; a scanned page has none and stays empty."""

    media_types = frozenset({"application/pdf"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        with _open(source, filename) as document:
            pages = without_furniture([_page(document, index) for index in range(len(document))])
            outline = list(_outline(document))
            title = document.get_metadata_value("Title")
            count = len(document)
        paragraphs = [paragraph for page in pages for paragraph in paragraphs_of(page)]
        if not paragraphs:
            raise NoText(f"{filename} has no text layer; it may be a scan")
        mark_headings(paragraphs, outline)
        return _canonical(paragraphs, title, count)


def _open(source: Path, filename: str) -> Any:
    if not _is_whole(source):
        raise CorruptDocument(f"{filename} is cut off: its end is missing")
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise PasswordProtected(f"{filename} is locked with a password") from error
        raise CorruptDocument(f"{filename} is not a readable PDF") from error
    pages = len(document)
    if pages > MAX_PAGES:
        document.close()
        raise ParserLimit(f"{filename} has {pages:,} pages; {MAX_PAGES:,} is the most")
    return document


def _is_whole(source: Path) -> bool:
    """PDFium reads what is left of a truncated file without a word; the pointer at its end tells."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - _TAIL_BYTES))
        return b"startxref" in file.read()


def _page(document: Any, index: int) -> list[Flow]:
    page = pdfium.FPDF_LoadPage(document.raw, index)
    if not page:
        raise CorruptDocument(f"page {index + 1} cannot be read")
    try:
        text = pdfium.FPDFText_LoadPage(page)
        if not text:
            raise CorruptDocument(f"the text of page {index + 1} cannot be read")
        try:
            return page_flow(page_segments(page, text), index + 1)
        finally:
            pdfium.FPDFText_ClosePage(text)
    finally:
        pdfium.FPDF_ClosePage(page)


def _outline(document: Any) -> Iterator[OutlineEntry]:
    for bookmark in document.get_toc():
        destination = bookmark.get_dest()
        index = destination.get_index() if destination is not None else None
        title = one_line(bookmark.get_title())
        if index is not None and title:
            yield OutlineEntry(title, bookmark.level + 1, index + 1)


def _canonical(paragraphs: Sequence[Paragraph], title: str, pages: int) -> ParsedDocument:
    canonical = CanonicalText()
    joiner = Joiner(paragraphs)
    for paragraph in joined_across_breaks(paragraphs):
        lines, joints = joiner.join(paragraph)
        canonical.add_lines(paragraph.kind, lines, joints, level=paragraph.level)
    return canonical.document(_title(paragraphs, title), pages)


def _title(paragraphs: Sequence[Paragraph], stated: str) -> str | None:
    """The title as shown, else as stated in the file unless that is a file's name, else the heading it begins with."""
    shown = next((paragraph.text for paragraph in paragraphs if paragraph.kind is BlockKind.TITLE), None)
    stated = one_line(stated)
    opening = paragraphs[0].text if paragraphs[0].kind is BlockKind.HEADING else None
    return shown or (opening if not stated or _FILE_NAME.search(stated) else stated)
