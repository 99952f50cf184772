"""The default chunker: recursive along headings, blocks and sentences."""

from collections.abc import Iterator, Sequence

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.chunkers.port import Chunk
from ragstone_ingestion.chunkers.sections import Piece, Section, sections_of
from ragstone_ingestion.tokens import TokenCounter

_HALF = 0.5
_SLACK = 8


class HeaderAwareChunker:
    """Fills chunks up to a budget of tokens and cuts at the best place at hand.

    A chunk never reaches over the end of a section. Within one, whole blocks stay together while they fit; a block is
    cut between sentences (tables and code between lines), a sentence only when it alone is over the budget. Headings
    stay with what follows them. The chunks of a section are about equally full, so that none is a mere remainder.
    """

    def __init__(self, tokens: TokenCounter, budget: int) -> None:
        self._tokens = tokens
        self._budget = budget

    def chunk(self, document: ParsedDocument) -> list[Chunk]:
        tokenized = self._tokens.tokenize(document.text)
        sections = sections_of(document, tokenized, self._budget)
        return [_chunk(pieces, section, document.text) for section in sections for pieces in self._packed(section)]

    def _packed(self, section: Section) -> Iterator[list[Piece]]:
        limit = self._even_limit(section)
        current: list[Piece] = []
        used = 0
        for position, piece in enumerate(section.pieces):
            over = used + piece.tokens > (self._budget if _only_headings(current) else limit)
            roomy = used <= limit * _HALF or not piece.opens_block or current[-1].heading
            if current and (over or not (roomy or _block_fits(section.pieces, position, limit, used))):
                yield current
                current, used = [], 0
            current.append(piece)
            used += piece.tokens
        if current:
            yield current

    def _even_limit(self, section: Section) -> int:
        """How full the chunks of a section may be, so that the last is about as full as the others."""
        total = sum(piece.tokens for piece in section.pieces)
        even = -(-total // max(1, -(-total // self._budget)))
        return min(self._budget, even + self._budget // _SLACK)


def _block_fits(pieces: Sequence[Piece], position: int, limit: int, used: int) -> bool:
    """Whether the block at the position fits beside what is used; one too large for any chunk may as well begin."""
    block = pieces[position].tokens
    for piece in pieces[position + 1 :]:
        if piece.opens_block or block > limit:
            break
        block += piece.tokens
    return used + block <= limit or block > limit


def _only_headings(pieces: Sequence[Piece]) -> bool:
    return all(piece.heading for piece in pieces)


def _chunk(pieces: Sequence[Piece], section: Section, text: str) -> Chunk:
    start, end = pieces[0].start, pieces[-1].end
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end -= len(text[start:end]) - len(text[start:end].rstrip())
    return Chunk(start, end, pieces[0].page, section.headings)
