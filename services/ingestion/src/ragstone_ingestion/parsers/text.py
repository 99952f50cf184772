"""Plain text, in whatever encoding it came."""

from pathlib import Path

from ragstone_contracts.documents import BlockKind, ParsedDocument
from ragstone_ingestion.errors import EmptyDocument
from ragstone_ingestion.parsers.canonical import CanonicalText
from ragstone_ingestion.parsers.encodings import decode
from ragstone_ingestion.parsers.plain_structure import Part, parts_of


class PlainTextParser:
    """Headings and lists where they are certain; everything else stays as it was written."""

    media_types = frozenset({"text/plain"})

    def parse(self, source: Path, filename: str) -> ParsedDocument:
        text = decode(source.read_bytes())
        if not text.strip():
            raise EmptyDocument("the file holds nothing but white space")
        parts = list(parts_of(text.replace("\r\n", "\n").replace("\r", "\n")))
        canonical = CanonicalText()
        for part in parts:
            canonical.add(part.kind, part.text, level=part.level)
        return canonical.document(_title(parts))


def _title(parts: list[Part]) -> str | None:
    first = next((part for part in parts if part.text.strip()), None)
    return first.text if first and first.kind is BlockKind.HEADING else None
