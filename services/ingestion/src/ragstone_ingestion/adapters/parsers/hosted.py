"""What the adapters of vendors share: limits, and what a vendor's refusal means."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, UpstreamError
from ragstone_ingestion.adapters.parsers.exchange import Connect, Connections, Exchange, Reply, Upload
from ragstone_ingestion.errors import (
    CorruptDocument,
    DocumentRejected,
    EmptyDocument,
    NoText,
    ParserLimit,
    ParserMisconfigured,
    PasswordProtected,
    UnsupportedType,
)
from ragstone_kit.transport import AiohttpTransport

PDF = "application/pdf"
OFFICE = frozenset(
    f"application/vnd.openxmlformats-officedocument.{kind}"
    for kind in ("wordprocessingml.document", "presentationml.presentation", "spreadsheetml.sheet")
)
IMAGES = frozenset({"image/png", "image/jpeg", "image/tiff"})

_WORDS: Sequence[tuple[re.Pattern[str], type[DocumentRejected]]] = (
    (re.compile(r"password|encrypt|decrypt", re.I), PasswordProtected),
    (re.compile(r"too (?:large|big|many)|exceed|page limit", re.I), ParserLimit),
    (
        re.compile(r"corrupt|damaged|malformed|not (?:appear to be )?a valid|invalid (?:pdf|file|document)", re.I),
        CorruptDocument,
    ),
    (re.compile(r"unsupported|not (?:currently )?supported", re.I), UnsupportedType),
)


class HostedSettings(BaseModel):
    """What every vendor's settings have; a subclass adds the address and the credentials."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=600.0, gt=0)
    """For one document, uploading and waiting included."""
    poll_seconds: float = Field(default=2.0, gt=0)
    """Between two questions whether the vendor is done, unless the vendor says when."""
    upload_mb: int = Field(default=50, ge=1)
    answer_mb: int = Field(default=64, ge=1)


Settings = TypeVar("Settings", bound=HostedSettings)


class HostedParserBase(ABC, Generic[Settings]):
    """A subclass names its settings and media types and writes :meth:`_read`."""

    vendor: ClassVar[str]
    media_types: frozenset[str]
    settings_type: type[Settings]
    rejections: ClassVar[Mapping[str, type[DocumentRejected]]] = {}
    """The vendor's error codes that speak of the document."""

    def __init__(self, settings: Mapping[str, str], connect: Connect = AiohttpTransport) -> None:
        self._settings = self.settings_type.model_validate(settings)
        self._connections = Connections(connect)

    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        upload = Upload(await asyncio.to_thread(self._content, source, filename), filename, media_type)
        deadline = asyncio.get_running_loop().time() + self._settings.seconds
        exchange = Exchange(self.vendor, self._connections, deadline, self._settings.answer_mb)
        try:
            async with asyncio.timeout_at(deadline):
                document = await self._read(exchange, upload)
        except TimeoutError as error:
            raise DeadlineExceeded(f"{self.vendor} took longer than {self._settings.seconds:g} s") from error
        if not document.text.strip():
            raise NoText(f"{self.vendor} found no text in {filename}")
        return document

    async def close(self) -> None:
        await self._connections.close()

    @abstractmethod
    async def _read(self, exchange: Exchange, upload: Upload) -> ParsedDocument:
        """Have the upload read. What the vendor answers is not to be trusted."""

    def _content(self, source: Path, filename: str) -> bytes:
        size = source.stat().st_size
        if not size:
            raise EmptyDocument(f"{filename} has no content")
        if size > self._settings.upload_mb * 1024**2:
            raise ParserLimit(f"{filename} is larger than the {self._settings.upload_mb} MB that {self.vendor} is sent")
        return source.read_bytes()

    def _refusal(self, reply: Reply, code: str = "", message: str = "") -> RagstoneError:
        """What an answer of 400 or above means, by status, the vendor's ``code``, and last by the words it uses."""
        said = f"{self.vendor}: {message or f'HTTP {reply.status}'}"[:500]
        if reply.status in (401, 403, 404):
            return ParserMisconfigured(said)
        rejection = {413: ParserLimit, 415: UnsupportedType}.get(reply.status)
        return self._rejection(code, message) or (rejection(said) if rejection else UpstreamError(said))

    def _rejection(self, code: str, message: str) -> DocumentRejected | None:
        """The rejection that a vendor's error stands for; None when it does not speak of the document."""
        by_words = next((kind for words, kind in _WORDS if words.search(message)), None)
        # Vendors have no code for a locked file: they call it broken, or of an unknown kind, and say why in words.
        kind = by_words if by_words is PasswordProtected else self.rejections.get(code, by_words)
        return kind(f"{self.vendor}: {message or code}"[:500]) if kind else None
