"""The chunkers that fill chunks to a budget; they differ in what a chunk never reaches over."""

from itertools import groupby
from operator import attrgetter
from typing import ClassVar, Self

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_ingestion.chunkers.options import budget_and_overlap, takes_only
from ragstone_ingestion.chunkers.packing import chunk_of, packed
from ragstone_ingestion.chunkers.pieces import Cutter, Piece
from ragstone_ingestion.chunkers.port import Chunk
from ragstone_ingestion.tokens import TokenCounter


class RecursiveChunker:
    """Fills chunks up to the budget and cuts at the best place at hand.

    Sections, else blocks stay together while they fit; a block is cut between sentences (tables and code between
    lines), a sentence only when it alone is over the budget. Headings stay with what follows them.
    """

    boundary: ClassVar[str | None] = None
    """The attribute of a piece that is the same throughout a chunk."""

    def __init__(self, tokens: TokenCounter, budget: int, overlap: int = 0) -> None:
        self._tokens = tokens
        self._budget = budget
        self._overlap = overlap

    @classmethod
    def by(cls, tokens: TokenCounter, settings: CollectionSettings) -> Self:
        takes_only(settings, "chunk_overlap")
        return cls(tokens, *budget_and_overlap(settings))

    def chunk(self, document: ParsedDocument) -> list[Chunk]:
        cutter = Cutter(document, self._tokens, self._budget, at_pages=self.boundary == "page")
        runs = self._runs(list(cutter.pieces()))
        return [chunk_of(document.text, part) for run in runs for part in packed(run, self._budget, self._overlap)]

    def _runs(self, pieces: list[Piece]) -> list[list[Piece]]:
        if self.boundary is None:
            return [pieces]
        return [list(run) for _, run in groupby(pieces, key=attrgetter(self.boundary))]


class HeaderAwareChunker(RecursiveChunker):
    """As the recursive one, but a chunk never reaches over the end of a section, so all of it is under its headings."""

    boundary = "section"


class PageAwareChunker(RecursiveChunker):
    """As the recursive one, but a chunk never reaches over the end of a page: for reports, slides and forms, whose
    readers speak of pages. A document without pages is one page."""

    boundary = "page"
