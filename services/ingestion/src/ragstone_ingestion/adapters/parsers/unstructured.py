"""Unstructured: one call of the partition endpoint, which answers with a list of elements."""

import asyncio
from html.parser import HTMLParser
from itertools import chain

from pydantic import Field, RootModel, SecretStr, ValidationError

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_contracts.errors import UpstreamError
from ragstone_ingestion.adapters.parsers.composing import MAX_PAGE, Passage, Piece, box_at, compose, rows_of
from ragstone_ingestion.adapters.parsers.exchange import Answered, Call, Exchange, Reply, Upload
from ragstone_ingestion.adapters.parsers.hosted import IMAGES, OFFICE, PDF, HostedParserBase, HostedSettings

_KINDS = {
    "Title": BlockKind.HEADING,
    "ListItem": BlockKind.LIST_ITEM,
    "Table": BlockKind.TABLE,
    "CodeSnippet": BlockKind.CODE,
    "FigureCaption": BlockKind.CAPTION,
}
_FURNITURE = frozenset({"Header", "Footer", "PageNumber", "PageBreak"})


class UnstructuredSettings(HostedSettings):
    key: SecretStr
    url: str = "https://api.unstructuredapp.io"
    strategy: str = Field(default="hi_res", pattern="^(auto|fast|hi_res|ocr_only)$")


class _Coordinates(Answered):
    """``points`` in a system of ``layout_width`` x ``layout_height``, from the page's top left."""

    points: list[tuple[float, float]] = []
    layout_width: float | None = None
    layout_height: float | None = None


class _Metadata(Answered):
    page_number: int | None = Field(default=None, ge=1, le=MAX_PAGE)
    category_depth: int | None = Field(default=None, ge=0, le=100)
    text_as_html: str | None = None
    coordinates: _Coordinates | None = None


class _Element(Answered):
    type: str
    text: str = ""
    metadata: _Metadata = _Metadata()


class _Elements(RootModel[list[_Element]]):
    """The whole answer."""


class Unstructured(HostedParserBase[UnstructuredSettings]):
    vendor = "Unstructured"
    media_types = frozenset({PDF, "text/html", "text/markdown", "text/csv", "text/plain", *OFFICE, *IMAGES})
    settings_type = UnstructuredSettings

    async def _read(self, exchange: Exchange, upload: Upload) -> ParsedDocument:
        fields = {"strategy": self._settings.strategy, "coordinates": "true", "output_format": "application/json"}
        headers, body = upload.form("files", fields)
        headers |= {"unstructured-api-key": self._settings.key.get_secret_value(), "accept": "application/json"}
        url = f"{self._settings.url.rstrip('/')}/general/v0/general"
        reply = await exchange.send(Call("POST", url, headers, body))
        return await asyncio.to_thread(_document, self._accepted(reply))

    def _accepted(self, reply: Reply) -> Reply:
        if reply.status < 400:
            return reply
        raise self._refusal(reply, message=str(reply.json_object().get("detail", "")))


def _document(reply: Reply) -> ParsedDocument:
    try:
        elements = _Elements.model_validate_json(reply.body).root
    except ValidationError as error:
        raise UpstreamError("Unstructured answered in an unknown form") from error
    pages = (element.metadata.page_number for element in elements)
    passages = (_passage(element) for element in elements if element.type not in _FURNITURE)
    return compose(passages, max((page for page in pages if page), default=None))


def _passage(element: _Element) -> Passage:
    kind, metadata = _KINDS.get(element.type, BlockKind.PARAGRAPH), element.metadata
    box = _box(metadata)
    if kind is BlockKind.TABLE and metadata.text_as_html:
        return Passage(kind, _rows(metadata.text_as_html, box), metadata.page_number)
    text = f"- {element.text}" if kind is BlockKind.LIST_ITEM and element.text.strip() else element.text
    level = (metadata.category_depth or 0) + 1 if kind is BlockKind.HEADING else None
    return Passage(kind, [Piece(text, box)], metadata.page_number, level)


def _box(metadata: _Metadata) -> Box | None:
    found = metadata.coordinates
    if found is None or not metadata.page_number:
        return None
    width, height = found.layout_width or 0, found.layout_height or 0
    if width <= 0 or height <= 0:
        return None
    return box_at(metadata.page_number, [(x / width, y / height) for x, y in found.points])


def _rows(html: str, box: Box | None) -> list[Piece]:
    table = _HtmlTable()
    table.feed(html)
    table.close()
    cells = (
        [(number, column, Piece(text, box)) for column, text in enumerate(row)] for number, row in enumerate(table.rows)
    )
    return rows_of(chain.from_iterable(cells))


class _HtmlTable(HTMLParser):
    """The texts of a table's cells; a table within a cell reads as the cell's text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append("")
        elif tag == "br":
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
