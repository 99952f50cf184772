"""How a client reaches a service: over the network, or inside the process. Both stream in both directions."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import aiohttp
from starlette.types import ASGIApp

from ragstone_contracts.errors import DeadlineExceeded, Unavailable

Body = bytes | AsyncIterator[bytes]


@dataclass(frozen=True)
class Request:
    """``path`` starts with ``/`` and may carry an encoded query; ``timeout`` in seconds bounds the wait for the head
    of the response and for each piece of its body."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = b""
    timeout: float = 60.0


class Response(Protocol):
    """A response whose head has arrived. Header names are lower case."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes."""
        ...

    async def read(self) -> bytes:
        """The whole body."""
        ...


class Transport(Protocol):
    def send(self, request: Request) -> AbstractAsyncContextManager[Response]:
        """Leaving the context before the body has ended tells the other side that nobody listens any more.

        Raises Unavailable when there is no connection and DeadlineExceeded when the answer is late.
        """
        ...

    async def close(self) -> None: ...


class _AiohttpResponse:
    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status

    @cached_property
    def headers(self) -> Mapping[str, str]:
        return {name.lower(): value for name, value in self._response.headers.items()}

    async def chunks(self) -> AsyncIterator[bytes]:
        content = self._response.content
        with _translated(self._response.host):
            while chunk := await content.readany():
                yield chunk

    async def read(self) -> bytes:
        with _translated(self._response.host):
            return await self._response.read()


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """Network errors become the platform's where they happen: who reads a body may be far from who sent the request."""
    try:
        yield
    except TimeoutError as error:
        raise DeadlineExceeded(f"{host} stopped answering") from error
    except aiohttp.ClientError as error:
        raise Unavailable(f"{host} broke off its answer") from error


class _Exchange(AbstractAsyncContextManager[Response]):
    """One request and its response. A class, not a generator: it is on the way of every request."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str, request: Request) -> None:
        self._session = session
        self._base_url = base_url
        self._request = request
        self._response: aiohttp.ClientResponse

    async def __aenter__(self) -> Response:
        request = self._request
        try:
            self._response = await self._session.request(
                request.method,
                self._base_url + request.path,
                headers=request.headers,
                data=request.body or None,
                timeout=_client_timeout(request.timeout),
                allow_redirects=False,
            )
        except (TimeoutError, aiohttp.ClientError) as error:
            raise self._translated(error) from error
        return _AiohttpResponse(self._response)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # Gives a connection back whose answer was read to its end, and closes any other.
        self._response.release()
        await self._response.wait_for_close()
        if isinstance(error, (TimeoutError, aiohttp.ClientError)):
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> Exception:
        if isinstance(error, TimeoutError):
            return DeadlineExceeded(f"no answer within {self._request.timeout:g} s")
        return Unavailable(f"cannot reach {urlsplit(self._base_url).netloc}: {error}")


@lru_cache(maxsize=64)
def _client_timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, sock_connect=min(5.0, seconds), sock_read=seconds)


class AiohttpTransport:
    """Reaches the service at ``base_url``; opens connections on first use and keeps them alive."""

    def __init__(self, base_url: str, *, connections: int = 200) -> None:
        self.base_url = base_url.rstrip("/")
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Nothing is asked to be compressed: a compressed stream comes in lumps.
                skip_auto_headers=("accept", "accept-encoding"),
                headers={"user-agent": "ragstone"},
            )
        return self._session

    def send(self, request: Request) -> AbstractAsyncContextManager[Response]:
        return _Exchange(self._open_session(), self.base_url, request)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


_END = object()


class _AsgiExchange:
    """One request to an ASGI application, run as a task beside the reader of its response."""

    def __init__(self, app: ASGIApp, request: Request) -> None:
        self._app = app
        self._request = request
        self._head: asyncio.Future[tuple[int, dict[str, str]]] = asyncio.get_running_loop().create_future()
        # Bounded, so that an application that produces faster than its reader waits for it.
        self._body: asyncio.Queue[Any] = asyncio.Queue(maxsize=16)
        self._gone = asyncio.Event()
        self._complete = False
        self._incoming = self._incoming_messages()
        self.task = asyncio.create_task(self._run())

    async def _incoming_messages(self) -> AsyncIterator[dict[str, Any]]:
        body = self._request.body
        if isinstance(body, bytes):
            yield {"type": "http.request", "body": body, "more_body": False}
        else:
            async for chunk in body:
                yield {"type": "http.request", "body": chunk, "more_body": True}
            yield {"type": "http.request", "body": b"", "more_body": False}

    async def _receive(self) -> MutableMapping[str, Any]:
        try:
            return await anext(self._incoming)
        except StopAsyncIteration:
            await self._gone.wait()
            return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
            self._head.set_result((message["status"], headers))
        elif message["type"] == "http.response.body":
            if chunk := message.get("body", b""):
                await self._body.put(chunk)
            if not message.get("more_body", False):
                await self._body.put(_END)
                self._complete = True

    async def _run(self) -> None:
        path, _, query = self._request.path.partition("?")
        headers = [
            (name.lower().encode("latin-1"), str(value).encode()) for name, value in self._request.headers.items()
        ]
        if isinstance(self._request.body, bytes):
            headers.append((b"content-length", str(len(self._request.body)).encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": self._request.method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"inside"), *headers],
            "server": ("inside", 80),
            "client": ("inside", 0),
        }
        try:
            await self._app(scope, self._receive, self._send)
            if not self._complete:
                await self._body.put(_END)
        except Exception as error:  # noqa: BLE001  whatever the application raised is its caller's to see
            if not self._head.done():
                self._head.set_exception(error)
            elif not self._complete:
                await self._body.put(error)

    async def head(self) -> tuple[int, dict[str, str]]:
        async with asyncio.timeout(self._request.timeout):
            return await asyncio.shield(self._head)

    async def next_chunk(self) -> bytes | None:
        item = await self._next_item() if self._body.empty() else self._body.get_nowait()
        if isinstance(item, Exception):
            raise Unavailable("the service broke off its answer") from item
        return None if item is _END else item

    async def _next_item(self) -> Any:
        try:
            async with asyncio.timeout(self._request.timeout):
                return await self._body.get()
        except TimeoutError as error:
            raise DeadlineExceeded("the service stopped answering") from error

    async def leave(self) -> None:
        """Tell the application that its client is gone, and wait until it has stopped.

        One that has sent its whole response is left to finish: closing its files and background tasks come after.
        """
        self._gone.set()
        if self._complete:
            return
        if not self.task.done():
            self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        if self._head.done() and not self._head.cancelled():
            self._head.exception()


class _AsgiResponse:
    def __init__(self, exchange: _AsgiExchange, status: int, headers: Mapping[str, str]) -> None:
        self._exchange = exchange
        self.status = status
        self.headers = headers

    async def chunks(self) -> AsyncIterator[bytes]:
        while (chunk := await self._exchange.next_chunk()) is not None:
            yield chunk

    async def read(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks()])


class AsgiTransport:
    """Reaches an ASGI application of this process, without a socket; streams, unlike httpx's own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncIterator[Response]:
        exchange = _AsgiExchange(self._app, request)
        self._running.add(exchange.task)
        exchange.task.add_done_callback(self._running.discard)
        try:
            status, headers = await exchange.head()
            yield _AsgiResponse(exchange, status, headers)
        except TimeoutError as error:
            raise DeadlineExceeded(f"no answer within {request.timeout:g} s") from error
        finally:
            await exchange.leave()

    async def close(self) -> None:
        """Returns when what the application still does after its responses is done."""
        await asyncio.gather(*self._running, return_exceptions=True)
