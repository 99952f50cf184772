"""Google Document AI: one call of a processor, be it for reading (OCR), for forms, or for layout."""

import asyncio
import base64
import json
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Self

from pydantic import Field, SecretStr, model_validator

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.adapters.parsers.composing import (
    MAX_PAGE,
    Passage,
    Piece,
    Span,
    box_at,
    compose,
    pieces_within,
    rows_of,
)
from ragstone_ingestion.adapters.parsers.exchange import Answered, Call, CamelAnswered, Exchange, Reply, Upload
from ragstone_ingestion.adapters.parsers.google_layout import DocumentLayout, layout_passages
from ragstone_ingestion.adapters.parsers.hosted import IMAGES, PDF, HostedParserBase, HostedSettings
from ragstone_ingestion.errors import ParserLimit

_RENEW_SECONDS = 60


class DocumentAiSettings(HostedSettings):
    """One of ``token``, ``token_url`` and ``key`` is needed."""

    url: str = Field(pattern=r"^https?://[^/]+/v\w+/projects/.+/processors/[^:]+$")
    """The processor: ``https://LOCATION-documentai.googleapis.com/v1/projects/P/locations/L/processors/ID``."""
    token: SecretStr | None = None
    """An OAuth access token; Google's end after an hour."""
    token_url: str | None = None
    """Where a metadata server hands out access tokens, as within Google's cloud."""
    key: SecretStr | None = None
    upload_mb: int = Field(default=20, ge=1)

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        if not (self.token or self.token_url or self.key):
            raise ValueError("one of TOKEN, TOKEN_URL and KEY is needed")
        return self


class _Token(Answered):
    access_token: str
    expires_in: float = 0.0


class _Segment(CamelAnswered):
    """In code points of ``text``; 64-bit numbers come as strings, and a start of 0 is left out."""

    start_index: int = Field(default=0, ge=0)
    end_index: int = Field(default=0, ge=0)


class _Anchor(CamelAnswered):
    text_segments: list[_Segment] = []


class _Vertex(CamelAnswered):
    """A coordinate of 0 is left out."""

    x: float = 0.0
    y: float = 0.0


class _Polygon(CamelAnswered):
    normalized_vertices: list[_Vertex] = []
    vertices: list[_Vertex] = []


class _Layout(CamelAnswered):
    text_anchor: _Anchor = _Anchor()
    bounding_poly: _Polygon = _Polygon()


class _Element(CamelAnswered):
    layout: _Layout = _Layout()


class _Row(CamelAnswered):
    cells: list[_Element] = []


class _Table(_Element):
    header_rows: list[_Row] = []
    body_rows: list[_Row] = []


class _Dimension(CamelAnswered):
    width: float = 0.0
    height: float = 0.0


class _Page(CamelAnswered):
    page_number: int = Field(default=1, ge=1, le=MAX_PAGE)
    dimension: _Dimension = _Dimension()
    lines: list[_Element] = []
    paragraphs: list[_Element] = []
    tables: list[_Table] = []


class _Document(CamelAnswered):
    text: str = ""
    pages: list[_Page] = []
    document_layout: DocumentLayout | None = None


class _Processed(CamelAnswered):
    document: _Document


class GoogleDocumentAi(HostedParserBase[DocumentAiSettings]):
    vendor = "Google Document AI"
    media_types = frozenset({PDF, *IMAGES})
    settings_type = DocumentAiSettings
    rejections = {"PAGE_LIMIT_EXCEEDED": ParserLimit}
    _token: tuple[str, float] = ("", 0.0)

    async def _read(self, exchange: Exchange, upload: Upload) -> ParsedDocument:
        content = base64.b64encode(upload.content).decode()
        request = {"skipHumanReview": True, "rawDocument": {"content": content, "mimeType": upload.media_type}}
        headers = {"content-type": "application/json"} | await self._credentials(exchange)
        call = Call("POST", f"{self._settings.url}:process", headers, json.dumps(request).encode())
        processed = await exchange.read(_Processed, self._accepted(await exchange.send(call)))
        return await asyncio.to_thread(_document, processed.document)

    async def _credentials(self, exchange: Exchange) -> dict[str, str]:
        if self._settings.token is not None:
            return {"authorization": f"Bearer {self._settings.token.get_secret_value()}"}
        if self._settings.key is not None:
            return {"x-goog-api-key": self._settings.key.get_secret_value()}
        if self._token[1] <= monotonic():
            call = Call("GET", str(self._settings.token_url), {"metadata-flavor": "Google"})
            token = await exchange.read(_Token, self._accepted(await exchange.send(call)))
            self._token = token.access_token, monotonic() + token.expires_in - _RENEW_SECONDS
        return {"authorization": f"Bearer {self._token[0]}"}

    def _accepted(self, reply: Reply) -> Reply:
        if reply.status < 400:
            return reply
        error = reply.json_object().get("error")
        error = error if isinstance(error, dict) else {}
        details = error.get("details")
        reasons = [one.get("reason") for one in details if isinstance(one, dict)] if isinstance(details, list) else []
        raise self._refusal(reply, str(next(filter(None, reasons), "")), str(error.get("message", "")))


def _document(document: _Document) -> ParsedDocument:
    if document.document_layout is not None and document.document_layout.blocks:
        passages = list(layout_passages(document.document_layout.blocks))
        return compose(passages, max((passage.page or 1 for passage in passages), default=None))
    placed = [passage for page in document.pages for passage in _page_passages(document.text, page)]
    return compose(placed, max((page.page_number for page in document.pages), default=None))


def _page_passages(text: str, page: _Page) -> list[Passage]:
    lines = [Span(*_range(line.layout), _piece(text, line.layout, page)) for line in page.lines]
    lines.sort(key=lambda line: line.start)
    placed = [*_paragraphs(text, page, lines), *_tables(text, page)]
    return [passage for _, passage in sorted(placed, key=lambda one: one[0])]


def _paragraphs(text: str, page: _Page, lines: Sequence[Span]) -> Iterator[tuple[int, Passage]]:
    cells = [cell for table in page.tables for row in (*table.header_rows, *table.body_rows) for cell in row.cells]
    in_tables = [_range(one.layout) for one in (*page.tables, *cells)]
    for paragraph in page.paragraphs:
        start, end = _range(paragraph.layout)
        if any(first <= start < last for first, last in in_tables):
            continue
        pieces = pieces_within(start, end, _piece(text, paragraph.layout, page), lines)
        yield start, Passage(BlockKind.PARAGRAPH, pieces, page.page_number)


def _tables(text: str, page: _Page) -> Iterator[tuple[int, Passage]]:
    for table in page.tables:
        rows = [*table.header_rows, *table.body_rows]
        cells = (
            (number, column, _piece(text, cell.layout, page))
            for number, row in enumerate(rows)
            for column, cell in enumerate(row.cells)
        )
        starts = [_range(one.layout)[0] for one in (table, *(cell for row in rows for cell in row.cells)) if _says(one)]
        yield min(starts, default=0), Passage(BlockKind.TABLE, rows_of(cells), page.page_number)


def _says(element: _Element) -> bool:
    return bool(element.layout.text_anchor.text_segments)


def _piece(text: str, layout: _Layout, page: _Page) -> Piece:
    said = "".join(text[one.start_index : one.end_index] for one in layout.text_anchor.text_segments)
    return Piece(said, _box(layout.bounding_poly, page))


def _range(layout: _Layout) -> tuple[int, int]:
    segments = layout.text_anchor.text_segments
    if not segments:
        return 0, 0
    return min(one.start_index for one in segments), max(one.end_index for one in segments)


def _box(polygon: _Polygon, page: _Page) -> Box | None:
    if polygon.normalized_vertices:
        return box_at(page.page_number, [(corner.x, corner.y) for corner in polygon.normalized_vertices])
    width, height = page.dimension.width, page.dimension.height
    if width <= 0 or height <= 0:
        return None
    return box_at(page.page_number, [(corner.x / width, corner.y / height) for corner in polygon.vertices])
