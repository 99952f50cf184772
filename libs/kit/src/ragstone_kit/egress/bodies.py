"""Bodies with an end: counted as they come, and again as they are inflated."""

import zlib
from collections.abc import AsyncIterator, Iterator

from ragstone_contracts.errors import UpstreamError
from ragstone_kit.egress.errors import AnswerTooLarge

_PIECE = 256 * 1024
_GZIP = b"\x1f\x8b"
_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Inflater:
    """Undoes a content encoding in pieces of at most 256 KiB, however well the content was packed."""

    def __init__(self, encoding: str) -> None:
        if encoding not in _WINDOWS:
            raise UpstreamError(f"the answer is encoded as {encoding!r}, which was not asked for")
        self._window = _WINDOWS[encoding]
        self._inflate = zlib.decompressobj(self._window)

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """What the next packed bytes stand for. Raises UpstreamError when they are damaged."""
        while packed:
            if self._inflate.eof:
                if not packed.startswith(_GZIP):
                    return
                self._inflate = zlib.decompressobj(self._window)
            try:
                yield self._inflate.decompress(packed, _PIECE)
            except zlib.error as error:
                raise UpstreamError(f"the answer's compression is damaged: {error}") from error
            packed = self._inflate.unconsumed_tail or self._inflate.unused_data

    def finish(self) -> None:
        """Raises UpstreamError when the end is missing."""
        if not self._inflate.eof:
            raise UpstreamError("the compressed answer breaks off")


async def bounded(content: AsyncIterator[bytes], encoding: str, max_bytes: int) -> AsyncIterator[bytes]:
    """The content without its encoding. Raises AnswerTooLarge as soon as either side is over ``max_bytes``."""
    inflater = None if encoding in {"", "identity"} else Inflater(encoding)
    came, made = 0, 0
    async for piece in content:
        came += len(piece)
        for plain in [piece] if inflater is None else inflater.feed(piece):
            made += len(plain)
            if max(came, made) > max_bytes:
                raise AnswerTooLarge(f"the answer has more than {max_bytes} bytes")
            yield plain
    if inflater is not None and came:
        inflater.finish()
