"""Requests to addresses somebody named: a page, a sitemap, a bucket, a tool, a webhook."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

import aiohttp
from yarl import URL

from ragstone_contracts.errors import Unavailable
from ragstone_kit.egress.bodies import bounded
from ragstone_kit.egress.destinations import destination
from ragstone_kit.egress.errors import AnswerTooLarge, EgressRefused, TimedOut
from ragstone_kit.egress.resolving import CheckedResolver, Resolver, system_resolver
from ragstone_kit.egress.rules import EgressRules

USER_AGENT = "Ragstone/0.1"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_CONNECTION_HEADERS = frozenset({"host", "connection", "content-length", "transfer-encoding", "te", "upgrade"})
_PASSED_TO_ANOTHER_ORIGIN = frozenset(
    {"accept", "accept-language", "user-agent", "if-none-match", "if-modified-since", "range"}
)
_CONNECT_SECONDS = 10.0


@dataclass(frozen=True)
class EgressRequest:
    """``max_bytes`` narrows the rules' limit; ``content_types`` are the media types an answer of 200 may have.

    Redirects are followed for GET and HEAD alone, and only with ``follow``; otherwise they are the answer.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: str = "GET"
    body: bytes = b""
    max_bytes: int | None = None
    content_types: frozenset[str] | None = None
    follow: bool = True


class FetchedResponse:
    """An answer whose head has arrived. ``url`` is where it came from at last; header names are lower case."""

    def __init__(self, url: URL, response: aiohttp.ClientResponse, max_bytes: int, deadline: float) -> None:
        self.url = str(url)
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._response = response
        self._max_bytes = max_bytes
        self._deadline = deadline

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def chunks(self) -> AsyncIterator[bytes]:
        """The decoded body as it comes. Raises AnswerTooLarge, TimedOut, Unavailable or UpstreamError."""
        encoding = self.headers.get("content-encoding", "").strip().lower()
        return bounded(self._pieces(), encoding, self._max_bytes)

    async def read(self) -> bytes:
        return b"".join([piece async for piece in self.chunks()])

    async def _pieces(self) -> AsyncIterator[bytes]:
        while True:
            with _translated(self.url):
                async with asyncio.timeout_at(self._deadline):
                    piece = await self._response.content.readany()
            if not piece:
                return
            yield piece


class EgressFetcher:
    """Fetches what the rules allow, over connections of its own: no proxies, no cookies, nothing of the environment.

    A name is looked up once for a connection, every address it has is checked, and the connection goes to one of
    exactly these; each redirect passes all checks again. ``resolver`` replaces the system's.
    """

    def __init__(self, rules: EgressRules, resolver: Resolver = system_resolver) -> None:
        self.rules = rules
        self._resolver = CheckedResolver(rules, resolver)
        self._session: aiohttp.ClientSession | None = None

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> AbstractAsyncContextManager[FetchedResponse]:
        """``async with fetcher.get(url) as response``; raises as :meth:`open`."""
        return self.open(EgressRequest(url, headers or {}))

    @asynccontextmanager
    async def open(self, request: EgressRequest) -> AsyncIterator[FetchedResponse]:
        """The answer, of whatever status, to stream from while inside.

        Raises EgressRefused, AnswerTooLarge, TimedOut, or Unavailable when there is no connection.
        """
        deadline = asyncio.get_running_loop().time() + self.rules.seconds
        url, response = await self._follow(request, deadline)
        try:
            yield self._accepted(request, url, response, deadline)
        finally:
            response.close()

    async def addresses(self, url: str) -> tuple[URL, list[str]]:
        """The URL as it is taken and the addresses it leads to, for a program that makes its own connections.

        Raises EgressRefused or Unavailable.
        """
        checked = self.check(url)
        host, port = checked.raw_host or "", checked.port or 0
        return checked, [host] if _is_literal(host) else await self._resolver.addresses(host, port)

    def check(self, url: str) -> URL:
        """The URL as it is taken, as far as can be told without looking its name up. Raises EgressRefused."""
        checked = destination(url, self.rules)
        host = checked.raw_host or ""
        if _is_literal(host):
            self._resolver.checked(host, host)
        return checked

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _follow(self, request: EgressRequest, deadline: float) -> tuple[URL, aiohttp.ClientResponse]:
        url = self.check(request.url)
        follows = request.follow and request.method in _SAFE_METHODS
        for _ in range(self.rules.redirects + 1):
            response = await self._send(request, url, deadline)
            location = response.headers.get("location")
            if not (follows and response.status in _REDIRECTS and location):
                return url, response
            response.close()
            target = self._target(url, location)
            if target.origin() != url.origin():
                request = replace(request, headers=_for_another_origin(request.headers))
            url = target
        raise EgressRefused("redirects", f"the address was redirected more than {self.rules.redirects} times")

    def _target(self, url: URL, location: str) -> URL:
        try:
            joined = str(url.join(URL(location, encoded=location.isascii())))
        except ValueError as error:
            raise EgressRefused("url", "the address was redirected to one that cannot be read") from error
        target = self.check(joined)
        if url.scheme == "https" and target.scheme != "https":
            raise EgressRefused("downgrade", "the address was redirected from https to http")
        return target

    async def _send(self, request: EgressRequest, url: URL, deadline: float) -> aiohttp.ClientResponse:
        with _translated(str(url)):
            async with asyncio.timeout_at(deadline):
                return await self._open_session().request(
                    request.method,
                    url,
                    headers=_headers(request.headers),
                    data=request.body or None,
                    allow_redirects=False,
                )

    def _accepted(
        self, request: EgressRequest, url: URL, response: aiohttp.ClientResponse, deadline: float
    ) -> FetchedResponse:
        limit = min(request.max_bytes or self.rules.max_bytes, self.rules.max_bytes)
        if request.method != "HEAD" and (response.content_length or 0) > limit:
            raise AnswerTooLarge(f"the answer has {response.content_length} bytes; {limit} are allowed")
        fetched = FetchedResponse(url, response, limit, deadline)
        types = request.content_types
        if types is not None and fetched.status == 200 and fetched.media_type not in types:
            raise EgressRefused("content_type", f"the answer is {fetched.media_type or 'of no type'}")
        return fetched

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self._resolver, use_dns_cache=False, ssl=_tls(self.rules), limit=50, limit_per_host=8
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            )
        return self._session


@contextmanager
def _translated(url: str) -> Iterator[None]:
    """Network errors as the platform's own; whatever they say of addresses stays inside."""
    try:
        yield
    except TimeoutError as error:
        raise TimedOut(f"{URL(url).host} did not answer in time") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"{URL(url).host} cannot be reached or broke off: {type(error).__name__}") from error


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    headers = {name.lower(): value for name, value in given.items()}
    wrong = _CONNECTION_HEADERS.intersection(headers)
    if wrong or any("\r" in value or "\n" in value or "\x00" in value for value in headers.values()):
        raise EgressRefused("headers", f"these headers cannot be set: {', '.join(sorted(wrong)) or 'broken lines'}")
    return {"user-agent": USER_AGENT, "accept-encoding": "gzip"} | headers


def _for_another_origin(headers: Mapping[str, str]) -> dict[str, str]:
    """Credentials are for the origin they were given for; only what tells nothing goes on."""
    return {name: value for name, value in headers.items() if name.lower() in _PASSED_TO_ANOTHER_ORIGIN}


def _is_literal(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()


def _tls(rules: EgressRules) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if rules.ca_file is not None:
        context.load_verify_locations(rules.ca_file)
    return context
