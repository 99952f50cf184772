"""A file as its parser reads it, for tests."""

from pathlib import Path

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.parsers.registry import parser_for
from ragstone_ingestion.sniffing import media_type_of_file


def read(folder: Path, filename: str, content: bytes | str) -> ParsedDocument:
    """As the pipeline does it: a stored original has no file extension, only a name beside it."""
    stored = folder / "original"
    stored.write_bytes(content.encode() if isinstance(content, str) else content)
    return parser_for(media_type_of_file(stored, filename, None)).parse(stored, filename)


def blocks(document: ParsedDocument) -> list[tuple[str, str]]:
    """Kind and text of each block; a heading's kind has its level behind it."""
    return [
        (f"{block.kind.value}{block.level or ''}", document.text[block.start : block.end]) for block in document.blocks
    ]
