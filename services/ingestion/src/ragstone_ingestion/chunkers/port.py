"""The chunker port."""

from dataclasses import dataclass
from typing import Protocol

from ragstone_contracts.documents import ParsedDocument


@dataclass(frozen=True)
class Chunk:
    """A range of the canonical text, in code points; ``page`` and ``headings`` are those where it begins."""

    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]


class Chunker(Protocol):
    """Cuts a document into chunks.

    Chunks come in order, none is blank, and every character that is not white space is in at least one of them.
    """

    def chunk(self, document: ParsedDocument) -> list[Chunk]: ...
