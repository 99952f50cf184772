"""Sentences are embedded; what is returned is each with the sentences around it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Self

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_ingestion.chunkers.options import DEFAULT_CHUNK_TOKENS, takes_only
from ragstone_ingestion.chunkers.packing import chunk_of, tokens_of
from ragstone_ingestion.chunkers.pieces import Cutter, Piece
from ragstone_ingestion.chunkers.port import Chunk
from ragstone_ingestion.tokens import TokenCounter

DEFAULT_WINDOW = 3
_FEW_TOKENS = 24


class SentenceWindowChunker:
    """A chunk is one sentence, row or line of code, or a few short ones of the same section within the budget.

    Its parent has ``window`` more on either side, of the same section.
    """

    def __init__(self, tokens: TokenCounter, budget: int, window: int = DEFAULT_WINDOW) -> None:
        self._tokens = tokens
        self._budget = budget
        self._window = window

    @classmethod
    def by(cls, tokens: TokenCounter, settings: CollectionSettings) -> Self:
        takes_only(settings, "window_sentences")
        return cls(tokens, settings.chunk_tokens or DEFAULT_CHUNK_TOKENS, settings.window_sentences or DEFAULT_WINDOW)

    def chunk(self, document: ParsedDocument) -> list[Chunk]:
        pieces = Cutter(document, self._tokens, self._budget).pieces()
        sections = [list(section) for _, section in groupby(pieces, key=attrgetter("section"))]
        return [
            chunk_of(document.text, section[start:end], section[max(0, start - self._window) : end + self._window])
            for section in sections
            for start, end in self._units(section)
        ]

    def _units(self, section: Sequence[Piece]) -> Iterator[tuple[int, int]]:
        """Ranges of pieces, each grown until it has a few tokens and does not end with a piece that leads."""
        start = 0
        for end in range(1, len(section) + 1):
            unit = section[start:end]
            if end < len(section):
                grown = tokens_of(unit) + section[end].tokens
                if grown <= self._budget and (unit[-1].leads or tokens_of(unit) < _FEW_TOKENS):
                    continue
            yield start, end
            start = end
