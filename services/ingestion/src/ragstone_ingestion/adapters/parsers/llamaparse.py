"""LlamaParse: upload, poll the job, take its items page by page (version 2 of the API)."""

import asyncio
import json
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, SecretStr

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_contracts.errors import UpstreamError
from ragstone_ingestion.adapters.parsers.composing import MAX_PAGE, Passage, Piece, box_at, compose, rows_of
from ragstone_ingestion.adapters.parsers.exchange import Answered, Call, Exchange, Reply, Upload
from ragstone_ingestion.adapters.parsers.hosted import IMAGES, OFFICE, PDF, HostedParserBase, HostedSettings

_OPEN = frozenset({"PENDING", "RUNNING"})


class LlamaParseSettings(HostedSettings):
    key: SecretStr
    url: str = "https://api.cloud.llamaindex.ai"
    tier: Literal["fast", "cost_effective", "agentic", "agentic_plus"] = "cost_effective"
    version: str = "latest"


class _Created(Answered):
    id: str = Field(pattern=r"^[\w-]{1,200}$")


class _BBox(Answered):
    """In points, from the page's top left corner."""

    x: float
    y: float
    w: float
    h: float


class _Item(Answered):
    type: str = ""
    value: str | None = None
    text: str | None = None
    caption: str | None = None
    level: int | None = None
    ordered: bool = False
    rows: list[list[str | int | float | None]] = []
    items: list["_Item"] = []
    bbox: list[_BBox] | None = None


class _Page(Answered):
    page_number: int = Field(ge=1, le=MAX_PAGE)
    page_width: float | None = None
    page_height: float | None = None
    items: list[_Item] = []
    error: str | None = None


class _Items(Answered):
    pages: list[_Page]


class _Job(Answered):
    status: str
    error_message: str | None = None


class _Result(Answered):
    job: _Job
    items: _Items | None = None


class LlamaParse(HostedParserBase[LlamaParseSettings]):
    vendor = "LlamaParse"
    media_types = frozenset({PDF, "text/html", *OFFICE, *IMAGES})
    settings_type = LlamaParseSettings

    async def _read(self, exchange: Exchange, upload: Upload) -> ParsedDocument:
        job = await self._start(exchange, upload)
        try:
            result = await self._finished(exchange, job)
        except BaseException:
            await exchange.say_goodbye(self._call("POST", f"/{job}/cancel"))
            raise
        return await asyncio.to_thread(_document, result)

    async def _start(self, exchange: Exchange, upload: Upload) -> str:
        configuration = {"tier": self._settings.tier, "version": self._settings.version}
        headers, body = upload.form("file", {"configuration": json.dumps(configuration)})
        reply = await exchange.send(self._call("POST", "/upload", headers, body))
        return (await exchange.read(_Created, self._accepted(reply))).id

    async def _finished(self, exchange: Exchange, job: str) -> _Result:
        while True:
            reply = await exchange.send(self._call("GET", f"/{job}?expand=items"))
            result = await exchange.read(_Result, self._accepted(reply))
            if result.job.status == "COMPLETED":
                return result
            if result.job.status not in _OPEN:
                message = result.job.error_message or f"the job ended as {result.job.status}"
                raise self._rejection("", message) or UpstreamError(f"LlamaParse: {message}"[:500])
            await asyncio.sleep(self._settings.poll_seconds)

    def _accepted(self, reply: Reply) -> Reply:
        if reply.status < 400:
            return reply
        raise self._refusal(reply, message=str(reply.json_object().get("detail", "")))

    def _call(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Call:
        key = {"authorization": f"Bearer {self._settings.key.get_secret_value()}"}
        return Call(method, f"{self._settings.url.rstrip('/')}/api/v2/parse{path}", key | (headers or {}), body)


def _document(result: _Result) -> ParsedDocument:
    pages = result.items.pages if result.items else []
    failed = next((page for page in pages if page.error), None)
    if failed is not None:
        # A document with a hole would answer questions wrongly, and nobody would know.
        raise UpstreamError(f"LlamaParse could not read page {failed.page_number}: {failed.error}"[:500])
    passages = (passage for page in pages for item in page.items for passage in _passages(item, page))
    return compose(passages, max((page.page_number for page in pages), default=None))


def _passages(item: _Item, page: _Page) -> Iterator[Passage]:
    number, box = page.page_number, _box(item, page)
    text = [Piece(item.value or item.text or "", box)]
    if item.type == "heading":
        yield Passage(BlockKind.HEADING, text, number, max(1, item.level or 1))
    elif item.type == "list":
        yield from _list_items(item, page)
    elif item.type == "table":
        yield Passage(BlockKind.TABLE, _rows(item, box), number)
    elif item.type == "code":
        yield Passage(BlockKind.CODE, text, number)
    elif item.type == "image":
        yield Passage(BlockKind.CAPTION, [Piece(item.caption or "", box)], number)
    elif item.type not in ("header", "footer"):
        yield Passage(BlockKind.PARAGRAPH, text, number)


def _list_items(listing: _Item, page: _Page) -> Iterator[Passage]:
    for number, item in enumerate(listing.items, 1):
        if item.type == "list":
            yield from _list_items(item, page)
        elif item.value:
            marker = f"{number}." if listing.ordered else "-"
            piece = Piece(f"{marker} {item.value}", _box(item, page) or _box(listing, page))
            yield Passage(BlockKind.LIST_ITEM, [piece], page.page_number)


def _rows(table: _Item, box: Box | None) -> list[Piece]:
    """The rows, of which only the whole table's place is known: each has its box."""
    cells = (
        (number, column, Piece("" if value is None else str(value), box))
        for number, row in enumerate(table.rows)
        for column, value in enumerate(row)
    )
    return rows_of(cells)


def _box(item: _Item, page: _Page) -> Box | None:
    width, height = page.page_width or 0, page.page_height or 0
    if width <= 0 or height <= 0:
        return None
    corners = [
        corner
        for one in item.bbox or []
        for corner in ((one.x / width, one.y / height), ((one.x + one.w) / width, (one.y + one.h) / height))
    ]
    return box_at(page.page_number, corners)
