"""A web site on a loopback port whose pages a test writes, and which remembers what it was asked for."""

import gzip
import hashlib
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Page:
    """``etag`` None sends no validator; ``packed`` sends the body gzipped."""

    body: bytes = b""
    media_type: str = "text/html"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: bool = True
    packed: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that came in, and the status it was answered with."""

    path: str
    host: str
    headers: Mapping[str, str]
    status: int


class ScriptedSite:
    """``pages`` by path with query; any other path is 404. Conditional requests are answered as they should be."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[Asked] = []
        self.url = ""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def bodies_sent(self) -> list[str]:
        """Paths that were answered with their content."""
        return [one.path for one in self.asked if one.status == 200]

    def put(self, path: str, text: str, **changes: object) -> None:
        self.pages[path] = Page(text.encode(), **changes)  # type: ignore[arg-type]  # a test's own spelling of a page

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.pages[path] = Page(status=status, headers={"location": to}, etag=False)

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """The site's base URL while it is up."""
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self.url
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        page = self.pages.get(request.path_qs, Page(b"not here", status=404, etag=False))
        response = self._response(request, page)
        self.asked.append(Asked(request.path_qs, request.host, dict(request.headers), response.status))
        return response

    def _response(self, request: web.BaseRequest, page: Page) -> web.Response:
        headers = dict(page.headers)
        if page.etag:
            headers["etag"] = f'"{hashlib.sha256(page.body).hexdigest()[:16]}"'
            if request.headers.get("if-none-match") == headers["etag"]:
                return web.Response(status=304, headers=headers)
        body = gzip.compress(page.body) if page.packed else page.body
        if page.packed:
            headers["content-encoding"] = "gzip"
        return web.Response(status=page.status, body=body, headers=headers | {"content-type": page.media_type})
