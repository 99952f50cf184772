"""The PDF parser: pages one by one, then what only the whole document shows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import NoText
from ragstone_ingestion.parsers import ocr
from ragstone_ingestion.parsers.canonical import CanonicalText, one_line
from ragstone_ingestion.parsers.pdf.furniture import without_furniture
from ragstone_ingestion.parsers.pdf.headings import OutlineEntry, mark_headings
from ragstone_ingestion.parsers.pdf.joining import Joiner, joined_across_breaks
from ragstone_ingestion.parsers.pdf.lists import mark_depths
from ragstone_ingestion.parsers.pdf.metadata import is_believable, metadata_of, stated_title
from ragstone_ingestion.parsers.pdf.opening import opened_pdf
from ragstone_ingestion.parsers.pdf.pages import Pages, read_pages
from ragstone_ingestion.parsers.pdf.paragraphs import Paragraph, paragraphs_of

_MAX_OUTLINE = 20_000


class PdfiumParser:
    """Reads the text layer, and pages that have none by OCR where the extra is installed.

    The metadata tell ``pages_by_ocr``, and ``pages_without_text`` that could not be read, as far as there are any.
    """

    media_types = frozenset({"application/pdf"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        with opened_pdf(source, filename) as document:
            pages = read_pages(document, filename)
            outline = list(_outline(document))
            title, metadata = stated_title(document), metadata_of(document)
        paragraphs = [paragraph for page in without_furniture(pages.flows) for paragraph in paragraphs_of(page)]
        if not paragraphs:
            raise NoText(_why_no_text(filename, pages))
        mark_headings(paragraphs, outline)
        mark_depths(paragraphs)
        canonical = _canonical(paragraphs)
        parsed = canonical.document(_title(paragraphs, title), len(pages.flows), **metadata)
        if "language" in metadata and not is_believable(metadata["language"], parsed.text):
            del parsed.metadata["language"]
        by_looks = {"pages_by_ocr": pages.recognised, "pages_without_text": pages.without_text}
        parsed.metadata |= {key: numbers for key, numbers in by_looks.items() if numbers}
        return parsed


def _why_no_text(filename: str, pages: Pages) -> str:
    if not pages.without_text:
        return f"{filename} has blank pages only"
    if ocr.is_installed():
        return f"{filename} has no text layer, and none could be recognised in its images"
    return f"{filename} has no text layer; it may be a scan, which the extra {ocr.EXTRA} reads"


def _outline(document: Any) -> Iterator[OutlineEntry]:
    for position, bookmark in enumerate(document.get_toc()):
        if position == _MAX_OUTLINE:
            return
        destination = bookmark.get_dest()
        index = destination.get_index() if destination is not None else None
        title = one_line(bookmark.get_title())
        if index is not None and title:
            yield OutlineEntry(title, bookmark.level + 1, index + 1)


def _canonical(paragraphs: Sequence[Paragraph]) -> CanonicalText:
    canonical = CanonicalText()
    joiner = Joiner(paragraphs)
    for paragraph in joined_across_breaks(paragraphs):
        lines, joints = joiner.join(paragraph)
        canonical.add_lines(paragraph.kind, lines, joints, level=paragraph.level)
    return canonical


def _title(paragraphs: Sequence[Paragraph], stated: str | None) -> str | None:
    """The title as shown, else as stated in the file, else the heading it begins with."""
    shown = next((paragraph.text for paragraph in paragraphs if paragraph.kind is BlockKind.TITLE), None)
    opening = paragraphs[0].text if paragraphs[0].kind is BlockKind.HEADING else None
    return shown or stated or opening
