"""Azure Document Intelligence: the prebuilt layout model, version 2024-11-30 of the API."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_contracts.errors import UpstreamError
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
from ragstone_ingestion.adapters.parsers.exchange import Call, CamelAnswered, Exchange, Reply, Upload
from ragstone_ingestion.adapters.parsers.hosted import IMAGES, OFFICE, PDF, HostedParserBase, HostedSettings
from ragstone_ingestion.errors import CorruptDocument, ParserLimit, UnsupportedType

_MODEL = "/documentintelligence/documentModels/prebuilt-layout:analyze"
_OPTIONS = "api-version=2024-11-30&stringIndexType=unicodeCodePoint"
_KINDS = {"title": BlockKind.TITLE, "sectionHeading": BlockKind.HEADING}
_FURNITURE = frozenset({"pageHeader", "pageFooter", "pageNumber"})
_OPEN = frozenset({"notStarted", "running"})


class AzureSettings(HostedSettings):
    url: str
    """The resource's endpoint, such as ``https://NAME.cognitiveservices.azure.com``."""
    key: SecretStr


class _Range(CamelAnswered):
    """In code points of ``content``, as the request asks for."""

    offset: int = Field(ge=0)
    length: int = Field(ge=0)


class _Region(CamelAnswered):
    page_number: int = Field(ge=1, le=MAX_PAGE)
    polygon: list[float] = []
    """Corners as x, y, x, y, ... in the page's unit, from its top left."""


class _Line(CamelAnswered):
    content: str
    polygon: list[float] = []
    spans: list[_Range] = []


class _Page(CamelAnswered):
    """``width`` and ``height`` in inches for PDF, pixels for images; office formats have neither."""

    page_number: int = Field(ge=1, le=MAX_PAGE)
    width: float | None = None
    height: float | None = None
    lines: list[_Line] = []


class _Paragraph(CamelAnswered):
    role: str | None = None
    content: str
    bounding_regions: list[_Region] = []
    spans: list[_Range] = []


class _Cell(CamelAnswered):
    row_index: int = Field(ge=0)
    column_index: int = Field(ge=0)
    content: str = ""
    bounding_regions: list[_Region] = []


class _Table(CamelAnswered):
    cells: list[_Cell] = []
    bounding_regions: list[_Region] = []
    spans: list[_Range] = []


class _Analysis(CamelAnswered):
    pages: list[_Page] = []
    paragraphs: list[_Paragraph] = []
    tables: list[_Table] = []


class _Operation(CamelAnswered):
    status: str
    error: dict[str, Any] = {}
    analyze_result: _Analysis | None = None


class AzureDocumentIntelligence(HostedParserBase[AzureSettings]):
    vendor = "Azure Document Intelligence"
    media_types = frozenset({PDF, "text/html", *OFFICE, *IMAGES})
    settings_type = AzureSettings
    # Also what a locked file is refused with; the words of the message tell it then.
    rejections = {
        "UnsupportedContent": UnsupportedType,
        "UnsupportedMediaType": UnsupportedType,
        "InvalidContentLength": ParserLimit,
        "InvalidContentDimensions": ParserLimit,
    }

    async def _read(self, exchange: Exchange, upload: Upload) -> ParsedDocument:
        operation = await self._start(exchange, upload)
        try:
            analysis = await self._finished(exchange, operation)
        finally:
            # The vendor keeps a result for a day unless it is told not to.
            await exchange.say_goodbye(self._call("DELETE", operation))
        return await asyncio.to_thread(_document, analysis)

    async def _start(self, exchange: Exchange, upload: Upload) -> str:
        url = f"{self._settings.url.rstrip('/')}{_MODEL}?{_OPTIONS}"
        reply = await exchange.send(self._call("POST", url, upload.media_type, upload.content))
        operation = self._accepted(reply).headers.get("operation-location", "")
        if urlsplit(operation)[:2] != urlsplit(self._settings.url)[:2]:
            raise UpstreamError("Azure Document Intelligence names no operation of its own")
        return operation

    async def _finished(self, exchange: Exchange, operation: str) -> _Analysis:
        while True:
            reply = self._accepted(await exchange.send(self._call("GET", operation)))
            answer = await exchange.read(_Operation, reply)
            if answer.status == "succeeded" and answer.analyze_result is not None:
                return answer.analyze_result
            if answer.status not in _OPEN:
                code, message = _said(answer.error)
                text = f"Azure Document Intelligence: {message or answer.status}"[:500]
                raise self._meaning(code, message) or UpstreamError(text)
            await asyncio.sleep(reply.retry_after or self._settings.poll_seconds)

    def _accepted(self, reply: Reply) -> Reply:
        if reply.status < 400:
            return reply
        error = reply.json_object().get("error")
        code, message = _said(error if isinstance(error, dict) else {})
        raise self._meaning(code, message) or self._refusal(reply, code, message)

    def _meaning(self, code: str, message: str) -> Exception | None:
        """A locked, a broken and an unknown file are all ``InvalidContent``; only the words may say more."""
        found = self._rejection(code, message)
        if code == "InvalidContent" and (found is None or isinstance(found, UnsupportedType | CorruptDocument)):
            return CorruptDocument(f"Azure Document Intelligence: {message}"[:500])
        return found

    def _call(self, method: str, url: str, media_type: str = "", body: bytes = b"") -> Call:
        headers = {"ocp-apim-subscription-key": self._settings.key.get_secret_value()}
        return Call(method, url, headers | ({"content-type": media_type} if media_type else {}), body)


def _said(error: dict[str, Any]) -> tuple[str, str]:
    """The innermost code and message of an error, which is the one that says what is wrong."""
    details = error.get("details")
    inner = error.get("innererror") or (details[0] if isinstance(details, list) and details else None)
    return _said(inner) if isinstance(inner, dict) else (str(error.get("code", "")), str(error.get("message", "")))


def _document(analysis: _Analysis) -> ParsedDocument:
    sizes = {page.page_number: (page.width or 0, page.height or 0) for page in analysis.pages}
    placed = [*_paragraphs(analysis, sizes), *_tables(analysis, sizes)]
    passages = [passage for _, passage in sorted(placed, key=lambda one: one[0])]
    return compose(passages, max(sizes, default=None))


_Sizes = dict[int, tuple[float, float]]


def _paragraphs(analysis: _Analysis, sizes: _Sizes) -> Iterator[tuple[int, Passage]]:
    in_tables = [one for table in analysis.tables for one in table.spans]
    lines = _lines(analysis.pages, sizes)
    for paragraph in analysis.paragraphs:
        start, end = _range(paragraph.spans)
        inside = any(one.offset <= start < one.offset + one.length for one in in_tables)
        if inside or paragraph.role in _FURNITURE:
            continue
        kind = _KINDS.get(paragraph.role or "", BlockKind.PARAGRAPH)
        regions = paragraph.bounding_regions
        whole = Piece(paragraph.content, _region_box(regions, sizes))
        level = 1 if kind is BlockKind.HEADING else None
        page = regions[0].page_number if regions else None
        yield start, Passage(kind, pieces_within(start, end, whole, lines), page, level)


def _tables(analysis: _Analysis, sizes: _Sizes) -> Iterator[tuple[int, Passage]]:
    for table in analysis.tables:
        cells = (
            (cell.row_index, cell.column_index, Piece(cell.content, _region_box(cell.bounding_regions, sizes)))
            for cell in table.cells
        )
        page = table.bounding_regions[0].page_number if table.bounding_regions else None
        yield _range(table.spans)[0], Passage(BlockKind.TABLE, rows_of(cells), page)


def _lines(pages: Sequence[_Page], sizes: _Sizes) -> list[Span]:
    spans = []
    for page in pages:
        for line in page.lines:
            box = _box(page.page_number, line.polygon, sizes)
            spans.append(Span(*_range(line.spans), Piece(line.content, box)))
    return sorted(spans, key=lambda span: span.start)


def _range(spans: Sequence[_Range]) -> tuple[int, int]:
    if not spans:
        return 0, 0
    return min(one.offset for one in spans), max(one.offset + one.length for one in spans)


def _region_box(regions: Sequence[_Region], sizes: _Sizes) -> Box | None:
    """The box on the page where it begins."""
    return _box(regions[0].page_number, regions[0].polygon, sizes) if regions else None


def _box(page: int, polygon: Sequence[float], sizes: _Sizes) -> Box | None:
    width, height = sizes.get(page, (0.0, 0.0))
    if width <= 0 or height <= 0:
        return None
    return box_at(page, [(x / width, y / height) for x, y in zip(polygon[::2], polygon[1::2], strict=False)])
