"""PDF by PyMuPDF, whose license is the AGPL: whoever installs it beside Ragstone takes that license upon them."""

from pathlib import Path
from typing import Any

import pymupdf

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.adapters.parsers.composing import Passage, Piece, box_at, compose
from ragstone_ingestion.errors import CorruptDocument, NoText, PasswordProtected

_TEXT_BLOCK = 0


class PyMuPdfParser:
    """The engine's own blocks are the paragraphs, with a box for each of their lines."""

    media_types = frozenset({"application/pdf"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        try:
            with pymupdf.open(source, filetype="pdf") as pdf:
                if pdf.needs_pass:
                    raise PasswordProtected(f"{filename} is locked with a password")
                passages = [passage for page in pdf for passage in _page(page)]
                stated = (pdf.metadata or {}).get("title")
                document = compose(passages, pdf.page_count)
        except (pymupdf.FileDataError, pymupdf.EmptyFileError) as error:
            raise CorruptDocument(f"{filename} is not a readable PDF") from error
        if not document.blocks:
            raise NoText(f"{filename} has no text layer; it may be a scan")
        title = compose([Passage(BlockKind.TITLE, [Piece(stated)])], None).title if stated else None
        return document.model_copy(update={"title": title})


def _page(page: Any) -> list[Passage]:
    blocks = [block for block in page.get_text("dict")["blocks"] if block["type"] == _TEXT_BLOCK]
    return [
        Passage(BlockKind.PARAGRAPH, [_line(line, page) for line in block["lines"]], page.number + 1)
        for block in blocks
    ]


def _line(line: dict[str, Any], page: Any) -> Piece:
    return Piece("".join(span["text"] for span in line["spans"]), _box(line["bbox"], page))


def _box(edges: tuple[float, float, float, float], page: Any) -> Box | None:
    width, height = page.rect.width or 1.0, page.rect.height or 1.0
    x0, y0, x1, y1 = pymupdf.Rect(edges) * page.rotation_matrix
    return box_at(page.number + 1, [(x0 / width, y0 / height), (x1 / width, y1 / height)])
