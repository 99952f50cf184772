"""The chunker port."""

from dataclasses import dataclass
from typing import Protocol

from ragstone_contracts.documents import ParsedDocument

Span = tuple[int, int]


@dataclass(frozen=True)
class Chunk:
    """A range of the canonical text, in code points.

    ``page`` is the one where it begins; ``headings`` those that all of it stands under, outermost first. ``context`` is
    text from before the range without which it says little: the first row of a table that was cut, the line that
    introduces a list. It is embedded and shown with the chunk but is no part of it. ``parent`` is the range around the
    chunk that a search returns in its stead, ``parent_page`` where that begins.
    """

    start: int
    end: int
    page: int | None
    headings: tuple[str, ...]
    context: str | None = None
    parent: Span | None = None
    parent_page: int | None = None


class Chunker(Protocol):
    """Cuts a document into chunks.

    Chunks come in order, none is blank, and every character that is not white space is in at least one of them.
    """

    def chunk(self, document: ParsedDocument) -> list[Chunk]: ...
