"""PDF by pdfplumber: lines of words and ruled tables; slower than Ragstone's own parser, and at home with tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfexceptions import PDFException
from pdfplumber.utils.exceptions import PdfminerException

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.adapters.parsers.composing import Passage, Piece, box_at, compose, rows_of
from ragstone_ingestion.errors import CorruptDocument, NoText, PasswordProtected

_PARAGRAPH_GAP = 0.6
"""Of a line's height: a larger gap below it ends the paragraph."""


class PdfplumberParser:
    """Paragraphs are lines that stand close together; headings are not told from them."""

    media_types = frozenset({"application/pdf"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        try:
            with pdfplumber.open(source) as pdf:
                passages = [passage for page in pdf.pages for passage in _page(page)]
                document = compose(passages, len(pdf.pages))
                stated = pdf.metadata.get("Title")
        except (PdfminerException, PDFException) as error:
            cause = error.args[0] if error.args else error
            if isinstance(cause, PDFPasswordIncorrect) or isinstance(error, PDFPasswordIncorrect):
                raise PasswordProtected(f"{filename} is locked with a password") from error
            raise CorruptDocument(f"{filename} is not a readable PDF") from error
        if not document.blocks:
            raise NoText(f"{filename} has no text layer; it may be a scan")
        return document.model_copy(update={"title": stated_title(stated)})


def stated_title(stated: object) -> str | None:
    """The title that a file states, when it is one."""
    return compose([Passage(BlockKind.TITLE, [Piece(stated)])], None).title if isinstance(stated, str) else None


def _page(page: Any) -> list[Passage]:
    tables = page.find_tables()
    text = page.filter(lambda thing: thing.get("object_type") != "char" or not _is_in(thing, tables))
    placed = [*_paragraphs(text, page), *((table.bbox[1], _table(table, page)) for table in tables)]
    return [passage for _, passage in sorted(placed, key=lambda one: one[0])]


def _paragraphs(text: Any, page: Any) -> Iterator[tuple[float, Passage]]:
    pieces: list[Piece] = []
    top = bottom = 0.0
    for line in text.extract_text_lines(return_chars=False):
        height = line["bottom"] - line["top"]
        if pieces and line["top"] - bottom > _PARAGRAPH_GAP * height:
            yield top, Passage(BlockKind.PARAGRAPH, pieces, page.page_number)
            pieces = []
        top = top if pieces else line["top"]
        bottom = line["bottom"]
        pieces.append(Piece(line["text"], _box(page, (line["x0"], line["top"], line["x1"], line["bottom"]))))
    if pieces:
        yield top, Passage(BlockKind.PARAGRAPH, pieces, page.page_number)


def _table(table: Any, page: Any) -> Passage:
    cells = (
        (number, column, Piece(text or "", _box(page, row.bbox)))
        for number, (row, texts) in enumerate(zip(table.rows, table.extract(), strict=True))
        for column, text in enumerate(texts)
    )
    return Passage(BlockKind.TABLE, rows_of(cells), page.page_number)


def _is_in(char: dict[str, Any], tables: list[Any]) -> bool:
    x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in (table.bbox for table in tables))


def _box(page: Any, edges: tuple[float, float, float, float]) -> Box | None:
    left, top = page.bbox[:2]
    width, height = float(page.width) or 1.0, float(page.height) or 1.0
    x0, y0, x1, y1 = edges
    corners = [((x0 - left) / width, (y0 - top) / height), ((x1 - left) / width, (y1 - top) / height)]
    return box_at(page.page_number, corners)
