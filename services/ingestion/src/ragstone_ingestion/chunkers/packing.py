"""Packing pieces into chunks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile

from ragstone_ingestion.chunkers.pieces import BLOCK, SECTION, Piece
from ragstone_ingestion.chunkers.port import Chunk, Span

_HALF = 0.5
_SLACK = 8


def packed(run: Sequence[Piece], budget: int, overlap: int = 0) -> Iterator[list[Piece]]:
    """The pieces of a run in parts within the budget, all about equally full, so that none is a mere remainder.

    A part ends where a section, else a block, else a sentence ends, and never with a piece that leads. With an overlap
    a part begins with the last pieces of the one before that are within so many tokens.
    """
    limit = _even_limit(run, budget, overlap)
    current: list[Piece] = []
    used, repeated, only_leading = 0, 0, True
    for position, piece in enumerate(run):
        over = used + piece.tokens > (budget if only_leading else limit)
        if current and (over or _better_after(run, position, used, limit)):
            whole, led = _without_leading_end(current)
            again: list[Piece] = []
            if len(whole) > repeated:
                yield whole
                again = _again(whole, overlap, budget - tokens_of([*led, piece]))
            current, repeated = again + led, len(again)
            used, only_leading = tokens_of(current), not again
        used += piece.tokens if current else tokens_of([piece])
        only_leading = only_leading and piece.leads
        current.append(piece)
    if current:
        yield current


def tokens_of(pieces: Sequence[Piece]) -> int:
    """What they fill together, the context of the first included."""
    context = pieces[0].context if pieces else None
    return sum(piece.tokens for piece in pieces) + (context.tokens if context else 0)


def chunk_of(text: str, pieces: Sequence[Piece], parent: Sequence[Piece] | None = None) -> Chunk:
    """The chunk that the pieces make; ``parent`` are those of the range to be returned in its stead."""
    context, (start, end) = pieces[0].context, _range(text, pieces)
    around = _range(text, parent) if parent else (start, end)
    own = around == (start, end)
    return Chunk(
        start,
        end,
        pieces[0].page,
        _common_path(piece.section.headings for piece in pieces),
        context.text if context else None,
        None if own else around,
        None if own or not parent else parent[0].page,
    )


def _even_limit(run: Sequence[Piece], budget: int, overlap: int) -> int:
    """How full the parts of a run may be, so that the last is about as full as the others."""
    total = sum(piece.tokens for piece in run)
    parts = max(1, -(-(total - overlap) // (budget - overlap)))
    even = -(-(total + (parts - 1) * overlap) // parts)
    return min(budget, even + budget // _SLACK)


def _better_after(run: Sequence[Piece], position: int, used: int, limit: int) -> bool:
    """Whether to cut before the piece, where something opens that would not fit whole but fits a part of its own.

    A block too large for any part may as well begin in this one; a section that large begins a new one.
    """
    piece = run[position]
    if piece.rank < BLOCK or used <= limit * _HALF or run[position - 1].leads:
        return False
    opened = piece.tokens
    for following in takewhile(lambda one: one.rank < piece.rank, islice(run, position + 1, None)):
        opened += following.tokens
        if opened > limit:
            return piece.rank == SECTION
    return used + opened > limit


def _without_leading_end(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """The pieces up to the last that does not lead, and those behind it; all and none when all lead."""
    end = len(pieces)
    while end and pieces[end - 1].leads:
        end -= 1
    return (pieces[:end], pieces[end:]) if end else (pieces, [])


def _again(part: Sequence[Piece], overlap: int, room: int) -> list[Piece]:
    """The last pieces of a part, not all, that are within the overlap and leave room for what follows."""
    for first in range(1, len(part)) if overlap else ():
        tail = list(part[first:])
        if sum(piece.tokens for piece in tail) <= overlap and tokens_of(tail) <= room:
            return tail
    return []


def _range(text: str, pieces: Sequence[Piece]) -> Span:
    """From the first to the last, without the white space at both ends."""
    start, end = pieces[0].start, pieces[-1].end
    within = text[start:end]
    return start + len(within) - len(within.lstrip()), start + len(within.rstrip())


def _common_path(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """What all the paths begin with."""
    first, *others = set(paths)
    for other in others:
        same = takewhile(lambda pair: pair[0] == pair[1], zip(first, other, strict=False))
        first = tuple(one for one, _ in same)
    return first
