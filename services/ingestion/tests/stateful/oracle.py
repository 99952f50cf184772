"""What the service should hold, as dictionaries a person can check."""

import hashlib
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.chunk_records import chunk_id
from ragstone_ingestion.chunkers.port import Chunker
from ragstone_ingestion.parsers.text import PlainTextParser

PARAGRAPHS = [
    (f"Stone {number} of the {name} wall was cut by hand and set in lime. " * 12).strip()
    for number, name in enumerate(["grey", "red", "white", "black", "green"])
]
ACLS = (("*",), ("*", "user:ada"))


@dataclass(frozen=True)
class Content:
    """What an upload brings: paragraphs by number, and an ACL."""

    paragraphs: tuple[int, ...]
    acl: tuple[str, ...] = ACLS[0]

    @property
    def text(self) -> str:
        return "\n\n".join(PARAGRAPHS[number] for number in self.paragraphs)


@dataclass
class Expected:
    """A document: what was uploaded as each version, and the version that answers, if any."""

    document_id: str
    versions: dict[int, Content]
    active: int | None = None

    @property
    def newest(self) -> int:
        return max(self.versions)


@dataclass
class Oracle:
    """``collections`` are ids by name; ``departing`` are hidden documents whose removal may have yet to run, by id."""

    collections: dict[str, str] = field(default_factory=dict)
    documents: dict[tuple[str, str], Expected] = field(default_factory=dict)
    departing: dict[str, Expected] = field(default_factory=dict)

    def living(self) -> dict[str, Expected]:
        return {one.document_id: one for one in self.documents.values()}

    def depart(self, key: tuple[str, str]) -> Expected:
        gone = self.documents.pop(key)
        self.departing[gone.document_id] = gone
        return gone

    def drop(self, collection: str) -> None:
        del self.collections[collection]
        for key in [key for key in self.documents if key[0] == collection]:
            self.depart(key)


class ChunksOf:
    """The chunks a version must have, id -> text, from the real parser and chunker."""

    def __init__(self, chunker: Chunker) -> None:
        self._chunker = chunker

    def __call__(self, one: Expected, version: int) -> dict[str, str]:
        text = one.versions[version].text
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        return {
            chunk_id(one.document_id, version, sha256, chunk): text[chunk.start : chunk.end]
            for chunk in self._chunker.chunk(_parsed(text))
        }


@cache
def _parsed(text: str) -> ParsedDocument:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "a.txt"
        source.write_text(text)
        return PlainTextParser().parse(source, "a.txt")
