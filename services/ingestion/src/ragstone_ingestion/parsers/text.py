"""Plain text, in whatever encoding it came."""

import re
from pathlib import Path

from charset_normalizer import from_bytes

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, EmptyDocument
from ragstone_ingestion.parsers.canonical import CanonicalText

_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DETECTION_BYTES = 200_000
_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def decode(raw: bytes) -> str:
    """The text of the bytes: by byte order mark, as UTF-8, or in the encoding their statistics speak for.

    Raises CorruptDocument when no encoding fits.
    """
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(raw[:_DETECTION_BYTES]).best()
    if best is None:
        raise CorruptDocument("the text is in no known encoding")
    return raw.decode(best.encoding, "replace")


class PlainTextParser:
    """A blank line ends a paragraph; everything else stays as it was written."""

    media_types = frozenset({"text/plain"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        text = decode(source.read_bytes())
        if not text.strip():
            raise EmptyDocument("the file holds nothing but white space")
        canonical = CanonicalText()
        for paragraph in _PARAGRAPHS.split(text.replace("\r\n", "\n").replace("\r", "\n")):
            canonical.add(BlockKind.PARAGRAPH, paragraph)
        return canonical.document()
