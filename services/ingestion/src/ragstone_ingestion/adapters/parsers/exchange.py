"""One document's conversation with a vendor: bounded in time and size, patient with a vendor that is busy."""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from time import time
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel, to_pascal

from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, UpstreamError
from ragstone_ingestion.errors import ParserLimit
from ragstone_kit.transport import AiohttpTransport, Request, Transport

Connect = Callable[[str], Transport]
"""Opens a transport to the origin of a URL, such as ``https://api.example.org``."""

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 30.0
_FAREWELL_SECONDS = 2.0
_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


class Answered(BaseModel):
    """The base of what vendors answer: their further fields are left aside."""

    model_config = ConfigDict(extra="ignore")


class CamelAnswered(Answered):
    """For vendors who write ``pageNumber`` where the field is ``page_number``."""

    model_config = ConfigDict(alias_generator=to_camel)


class PascalAnswered(Answered):
    """For vendors who write ``JobStatus`` where the field is ``job_status``."""

    model_config = ConfigDict(alias_generator=to_pascal)


Model = TypeVar("Model", bound=Answered)


@dataclass(frozen=True)
class Call:
    """``url`` is absolute; ``headers`` hold the credentials too."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        return _seconds(self.headers.get("retry-after", ""))

    def json_object(self) -> dict[str, object]:
        """The body as an object; empty when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


class Connections:
    """Transports by origin, kept for the documents to come."""

    def __init__(self, connect: Connect = AiohttpTransport) -> None:
        self._connect = connect
        self._open: dict[str, Transport] = {}

    def to(self, url: str) -> tuple[Transport, str]:
        """The transport to the URL's origin, and the URL's path with its query."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._open:
            self._open[origin] = self._connect(origin)
        return self._open[origin], (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    async def close(self) -> None:
        transports, self._open = self._open, {}
        await asyncio.gather(*(transport.close() for transport in transports.values()))


@dataclass(frozen=True)
class Exchange:
    """``deadline`` is in the event loop's time; no answer may be larger than ``answer_mb``."""

    vendor: str
    connections: Connections
    deadline: float
    answer_mb: int

    async def send(self, call: Call, is_busy: Callable[[Reply], bool] = lambda reply: reply.status in _BUSY) -> Reply:
        """The answer, whatever its status. While the vendor is busy the call is repeated, when the vendor says so.

        Raises UpstreamError when that would be after the deadline, and Unavailable or DeadlineExceeded without answer.
        """
        wait = _FIRST_WAIT
        while is_busy(reply := await self._send_once(call, self._left())):
            pause = reply.retry_after if reply.retry_after is not None else wait
            if pause >= self._left():
                detail = f"{self.vendor} is busy or broken (HTTP {reply.status})"
                raise UpstreamError(detail, retry_after=reply.retry_after)
            await asyncio.sleep(pause)
            wait = min(2 * wait, _LONGEST_WAIT)
        return reply

    async def read(self, answer: type[Model], reply: Reply) -> Model:
        """The answer's body. Raises UpstreamError when it has not the vendor's known form."""
        try:
            return await asyncio.to_thread(answer.model_validate_json, reply.body)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
            raise UpstreamError(f"{self.vendor} answered in an unknown form, at {where or 'its root'}") from error

    async def say_goodbye(self, call: Call) -> None:
        """Tell the vendor to stop or forget; without waiting long, and whether it hears or not."""
        with suppress(RagstoneError, TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._send_once(call, _FAREWELL_SECONDS)

    def _left(self) -> float:
        """Seconds until the deadline. Raises DeadlineExceeded after it."""
        left = self.deadline - asyncio.get_running_loop().time()
        if left <= 0:
            raise DeadlineExceeded(f"no time is left for {self.vendor}")
        return left

    async def _send_once(self, call: Call, seconds: float) -> Reply:
        transport, path = self.connections.to(call.url)
        request = Request(call.method, path, call.headers, call.body, seconds)
        async with transport.send(request) as response:
            pieces, size = [], 0
            async for piece in response.chunks():
                size += len(piece)
                if size > self.answer_mb * 1024**2:
                    raise ParserLimit(f"the answer of {self.vendor} is larger than {self.answer_mb} MB")
                pieces.append(piece)
            return Reply(response.status, response.headers, b"".join(pieces))


@dataclass(frozen=True)
class Upload:
    content: bytes
    filename: str
    media_type: str

    def form(self, field_name: str, fields: Mapping[str, str]) -> tuple[dict[str, str], bytes]:
        """The file and further ``fields`` as headers and body of ``multipart/form-data``."""
        boundary = secrets.token_hex(16)
        texts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        name = self.filename.translate(_ESCAPES)
        disposition = f'Content-Disposition: form-data; name="{field_name}"; filename="{name}"'
        head = f"--{boundary}\r\n{disposition}\r\nContent-Type: {self.media_type}\r\n\r\n"
        body = "".join([*texts, head]).encode() + self.content + f"\r\n--{boundary}--\r\n".encode()
        return {"content-type": f"multipart/form-data; boundary={boundary}"}, body


def _seconds(retry_after: str) -> float | None:
    """The header's wait, given in seconds or as a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    except (TypeError, ValueError):
        return None
