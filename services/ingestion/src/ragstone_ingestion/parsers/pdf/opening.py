"""Opening a PDF, or saying why it cannot be."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ragstone_ingestion.errors import CorruptDocument, ParserLimit, PasswordProtected

MAX_PAGES = 5_000
_TAIL_BYTES = 4096


@contextmanager
def opened_pdf(source: Path, filename: str) -> Iterator[Any]:
    """The document. Raises PasswordProtected, CorruptDocument, or ParserLimit for too many pages."""
    if not _is_whole(source):
        raise CorruptDocument(f"{filename} is cut off: its end is missing")
    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise PasswordProtected(f"{filename} is locked with a password") from error
        raise CorruptDocument(f"{filename} is not a readable PDF") from error
    try:
        pages = len(document)
        if not pages:
            raise CorruptDocument(f"{filename} has no page that can be found")
        if pages > MAX_PAGES:
            raise ParserLimit(f"{filename} has {pages:,} pages; {MAX_PAGES:,} is the most")
        yield document
    finally:
        document.close()


def _is_whole(source: Path) -> bool:
    """PDFium reads what is left of a truncated file without a word; the pointer at its end tells."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - _TAIL_BYTES))
        return b"startxref" in file.read()
