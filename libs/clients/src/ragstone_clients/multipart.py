"""A file on its way to the public API as ``multipart/form-data`` (RFC 7578): streamed, its size known beforehand."""

import asyncio
import mimetypes
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_PIECE = 1 << 18
_ESCAPES = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True)
class File:
    """A file to send: its name as the receiver sees it, and its bytes or the path they are read from piece by piece."""

    name: str
    content: bytes | Path

    @classmethod
    def at(cls, path: Path) -> "File":
        return cls(path.name, path)

    @property
    def media_type(self) -> str:
        """A guess by the name; the receiver looks at the bytes."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    async def pieces(self) -> AsyncIterator[bytes]:
        if isinstance(self.content, bytes):
            yield self.content
            return
        file = await asyncio.to_thread(self.content.open, "rb")
        with file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece


class Multipart:
    """A form of text ``fields`` and one ``file`` as a request's headers and body; the body can be read once."""

    def __init__(self, fields: Mapping[str, str], file: File) -> None:
        self._file = file
        self._boundary = secrets.token_hex(16)
        name = file.name.translate(_ESCAPES)
        texts = "".join(self._part(f'name="{field}"', value + "\r\n") for field, value in fields.items())
        head = self._part(f'name="file"; filename="{name}"\r\nContent-Type: {file.media_type}', "")
        self._before = (texts + head).encode()
        self._after = f"\r\n--{self._boundary}--\r\n".encode()

    def _part(self, disposition: str, value: str) -> str:
        return f"--{self._boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}"

    def headers(self) -> dict[str, str]:
        size = len(self._before) + self._file.size() + len(self._after)
        return {"content-type": f"multipart/form-data; boundary={self._boundary}", "content-length": str(size)}

    async def body(self) -> AsyncIterator[bytes]:
        yield self._before
        async for piece in self._file.pieces():
            yield piece
        yield self._after
