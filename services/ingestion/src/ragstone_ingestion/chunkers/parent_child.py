"""Small children are embedded; what is returned is the parent they belong to."""

from itertools import groupby
from operator import attrgetter
from typing import Self

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.chunkers.options import takes_only
from ragstone_ingestion.chunkers.packing import chunk_of, packed
from ragstone_ingestion.chunkers.pieces import Cutter
from ragstone_ingestion.chunkers.port import Chunk
from ragstone_ingestion.tokens import TokenCounter

DEFAULT_CHILD = 80
DEFAULT_PARENT = 400


class ParentChildChunker:
    """Parents as the recursive chunker cuts them; each is cut again into children, one section at a time."""

    def __init__(self, tokens: TokenCounter, budget: int, parent_budget: int) -> None:
        self._tokens = tokens
        self._budget = budget
        self._parent_budget = parent_budget

    @classmethod
    def by(cls, tokens: TokenCounter, settings: CollectionSettings) -> Self:
        """Raises InvalidRequest for parents that are not at least twice as large as their children."""
        takes_only(settings, "parent_tokens")
        child, parent = settings.chunk_tokens or DEFAULT_CHILD, settings.parent_tokens or DEFAULT_PARENT
        if parent < 2 * child:
            raise InvalidRequest(f"parents of {parent} tokens are less than twice as large as children of {child}")
        return cls(tokens, child, parent)

    def chunk(self, document: ParsedDocument) -> list[Chunk]:
        run = list(Cutter(document, self._tokens, self._budget).pieces())
        return [
            chunk_of(document.text, child, parent)
            for parent in packed(run, self._parent_budget)
            for _, section in groupby(parent, key=attrgetter("section"))
            for child in packed(list(section), self._budget)
        ]
