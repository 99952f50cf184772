"""Web pages and files: URLs that are listed, or that sitemaps list."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, model_validator
from yarl import URL

from ragstone_ingestion.connectors.errors import ItemGone, ItemSkipped, SourceRefused, SourceUnavailable
from ragstone_ingestion.connectors.pace import Pace
from ragstone_ingestion.connectors.port import Content, Item, SourceContext
from ragstone_ingestion.connectors.registry import checked_config
from ragstone_ingestion.connectors.robots import Robots, parse_robots
from ragstone_ingestion.connectors.sitemaps import MAX_BYTES, read_sitemap
from ragstone_kit.egress import EgressRefused, EgressRequest, FetchedResponse

_ROBOTS_BYTES = 512 * 1024
_DEEPEST, _MOST_SITEMAPS = 3, 500
_TRIES = 3
_LONGEST_HOLD = 60.0
_BUSY = frozenset({429, 503})
_GONE = frozenset({404, 410})
_SIGN_IN = frozenset({401, 403, 407})


class WebConfig(BaseModel):
    """``same_host`` keeps sitemaps, and redirects of what they list, on the sitemap's own host."""

    model_config = ConfigDict(extra="forbid")

    urls: list[str] = Field(default=[], max_length=5000)
    sitemaps: list[str] = Field(default=[], max_length=100)
    same_host: bool = True
    requests_per_second: float = Field(default=2.0, gt=0, le=20)
    secret: str | None = None

    @model_validator(mode="after")
    def _something(self) -> "WebConfig":
        if not self.urls and not self.sitemaps:
            raise ValueError("there is no URL and no sitemap")
        return self


class WebSource:
    """Reads politely: robots.txt decides, requests to a host keep their distance, and unchanged pages send no body."""

    def __init__(self, config: dict[str, Any], context: SourceContext) -> None:
        self._config = checked_config(WebConfig, config)
        self._context = context
        self._fetcher = context.fetcher
        self._pace = Pace(1 / self._config.requests_per_second)
        self._robots: dict[str, Robots] = {}
        self._urls = [self._checked(url) for url in self._config.urls]
        self._sitemaps = [self._checked(url) for url in self._config.sitemaps]
        self._hosts = {url.raw_host for url in [*self._urls, *self._sitemaps]}

    async def marker(self) -> None:
        """A site has none."""

    async def items(self) -> AsyncIterator[Item]:
        seen: set[str] = set()
        for url in self._urls:
            if str(url) not in seen:
                seen.add(str(url))
                yield _item(url)
        async for listed in self._listed():
            item = self._listed_item(listed)
            if item.key not in seen:
                seen.add(item.key)
                yield item

    @asynccontextmanager
    async def fetch(self, item: Item, known: str | None) -> AsyncIterator[Content | None]:
        url = URL(item.key, encoded=True)
        await self._require_robots(url)
        async with self._get(url, _conditions(known), self._context.max_bytes) as response:
            if response.status == 304:
                yield None
                return
            _require_content(response)
            arrived = URL(response.url, encoded=True)
            if self._config.same_host and arrived.raw_host not in self._hosts:
                raise ItemSkipped("other_host", f"the address was redirected to {arrived.raw_host}")
            if arrived != url:
                await self._require_robots(arrived)
            yield Content(response.chunks(), _validators(response), response.media_type, {"source_url": item.source})

    async def close(self) -> None:
        """The fetcher is the caller's."""

    def _checked(self, url: str) -> URL:
        checked = self._fetcher.check(url)
        if self._config.secret is not None:
            self._context.access.secret(self._context.tenant, self._config.secret, checked)
        return checked

    async def _listed(self) -> AsyncIterator[str]:
        """Every page of every sitemap, nested ones included."""
        waiting = [(url, 1) for url in reversed(self._sitemaps)]
        read: set[str] = set()
        while waiting:
            url, depth = waiting.pop()
            if str(url) in read:
                continue
            if len(read) == _MOST_SITEMAPS or depth > _DEEPEST:
                raise SourceRefused(f"there are more than {_MOST_SITEMAPS} sitemaps, or {_DEEPEST} levels of them")
            read.add(str(url))
            sitemap = await read_sitemap(await self._sitemap(url))
            for page in sitemap.pages:
                yield page
            waiting += [(self._nested(nested), depth + 1) for nested in reversed(sitemap.sitemaps)]

    def _nested(self, text: str) -> URL:
        url = self._fetcher.check(text)
        self._require_own_host(url)
        return url

    def _require_own_host(self, sitemap: URL) -> None:
        if self._config.same_host and sitemap.raw_host not in self._hosts:
            raise SourceRefused(f"a sitemap leads to one of another host, {sitemap.raw_host}; see same_host")

    async def _sitemap(self, url: URL) -> bytes:
        try:
            async with self._get(url, {}, MAX_BYTES) as response:
                self._require_own_host(URL(response.url, encoded=True))
                if response.status in _SIGN_IN or response.status in _GONE:
                    raise SourceRefused(f"the sitemap {url} is answered with {response.status}")
                if response.status != 200:
                    raise SourceUnavailable(f"the sitemap {url} is answered with {response.status}")
                return await response.read()
        except EgressRefused as error:
            raise SourceRefused(f"the sitemap {url} is not read: {error.detail}") from error

    def _listed_item(self, text: str) -> Item:
        try:
            url = self._fetcher.check(text)
        except EgressRefused as error:
            return Item(text[:1000], "", text[:1000], skipped=error.code, detail=error.detail)
        if self._config.same_host and url.raw_host not in self._hosts:
            return Item(str(url), "", str(url), skipped="other_host", detail="the sitemap names a page of another host")
        return _item(url)

    async def _require_robots(self, url: URL) -> None:
        origin = str(url.origin())
        if origin not in self._robots:
            self._robots[origin] = await self._read_robots(url)
        if not self._robots[origin].allows(url.raw_path_qs):
            raise ItemSkipped("robots", "the site's robots.txt excludes this page")

    async def _read_robots(self, url: URL) -> Robots:
        async with self._get(url.origin().with_path("/robots.txt"), {}, _ROBOTS_BYTES) as response:
            if response.status == 200:
                return parse_robots(await response.read())
            if 400 <= response.status < 500:
                return Robots()
            raise SourceUnavailable(f"the site's robots.txt is answered with {response.status}")

    @asynccontextmanager
    async def _get(self, url: URL, headers: dict[str, str], max_bytes: int) -> AsyncIterator[FetchedResponse]:
        """The answer in this host's turn, after waiting as often as the host asked for it."""
        host = url.raw_host or ""
        request = EgressRequest(str(url), headers | self._credentials(url), max_bytes=max_bytes)
        for _ in range(_TRIES):
            await self._pace.turn(host)
            async with self._fetcher.open(request) as response:
                if response.status not in _BUSY:
                    yield response
                    return
                self._pace.hold(host, _seconds_asked_for(response))
        raise SourceUnavailable(f"{host} has too much to do")

    def _credentials(self, url: URL) -> dict[str, str]:
        name = self._config.secret
        if name is None or url.raw_host not in self._hosts:
            return {}
        secret = self._context.access.secret(self._context.tenant, name, url)
        password = secret.password.get_secret_value()
        return {"authorization": authorization(secret.username, password)}


def authorization(username: str, password: str) -> str:
    """The value of the header: a bearer token without a user name."""
    if not username:
        return f"Bearer {password}"
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _item(url: URL) -> Item:
    path = unquote(url.raw_path)
    if path.endswith("/"):
        path += "index"
    query = f"?{url.raw_query_string}" if url.raw_query_string else ""
    return Item(str(url), f"{url.host}{path}{query}", str(url))


def _require_content(response: FetchedResponse) -> None:
    if response.status in _GONE:
        raise ItemGone(f"the page is answered with {response.status}")
    if response.status in _SIGN_IN:
        raise ItemSkipped("sign_in", f"the page is answered with {response.status}")
    if response.status != 200:
        raise SourceUnavailable(f"the page is answered with {response.status}")


_VALIDATORS: Sequence[tuple[Literal["etag", "last-modified"], str]] = (
    ("etag", "if-none-match"),
    ("last-modified", "if-modified-since"),
)


def _validators(response: FetchedResponse) -> str | None:
    """What the site can be asked with whether the page changed; None when it gave nothing to ask with."""
    given = {name: response.headers[name] for name, _ in _VALIDATORS if name in response.headers}
    return json.dumps(given) if given else None


def _conditions(known: str | None) -> dict[str, str]:
    given = {} if known is None else json.loads(known)
    return {condition: given[name] for name, condition in _VALIDATORS if name in given}


def _seconds_asked_for(response: FetchedResponse) -> float:
    asked = response.headers.get("retry-after", "")
    return min(float(asked), _LONGEST_HOLD) if asked.isascii() and asked.isdigit() else 1.0
