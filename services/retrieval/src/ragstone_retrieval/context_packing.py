"""Packing: which passages a budget has room for. Pure."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ragstone_contracts.context import LeftOut
from ragstone_contracts.search import ScoredChunk
from ragstone_retrieval.context_blocks import Block, Gaps, joined
from ragstone_retrieval.context_duplicates import Wording
from ragstone_retrieval.context_sentences import Span, sentences

Cost = Callable[[Block], int]
"""The tokens of a block with its marks."""


@dataclass(frozen=True)
class Room:
    """``tokens`` for all blocks together; a passage too long for them is cut to what has the words ``wanted``."""

    tokens: int
    cost: Cost
    wanted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Fit:
    """A block with those it takes the place of, and what that costs."""

    block: Block
    replaced: list[Block]
    tokens: int


@dataclass
class Packing:
    """Takes passages, best first; ``blocks`` come in no particular order."""

    gaps: Gaps
    room: Room
    blocks: list[Block] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    _left: int = field(init=False)
    _taken: list[tuple[str, Wording]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = self.room.tokens

    def take(self, passage: ScoredChunk) -> None:
        """Make room for the passage if there is any, whole; one that no such room could hold is cut at sentences."""
        new = Block.of(passage, len(self._taken) + len(self.left_out))
        fit = self._fit(new)
        if not fit.replaced and (same := self._said_by(Wording(new.text))):
            self.left_out.append(LeftOut(chunk_id=passage.chunk_id, reason="duplicate", of=same))
        elif fit.tokens <= self._left:
            self._put(fit, new)
        elif self.room.cost(new) > self.room.tokens and (part := self._part_of(new)):
            self._put(self._fit(part), part)
        else:
            self.left_out.append(LeftOut(chunk_id=passage.chunk_id, reason="budget"))

    def _fit(self, new: Block) -> _Fit:
        whole, replaced = new, []
        for block in self.blocks:
            if (both := joined(whole, block, self.gaps)) is not None:
                whole = both
                replaced.append(block)
        return _Fit(whole, replaced, self.room.cost(whole) - sum(map(self.room.cost, replaced)))

    def _put(self, fit: _Fit, new: Block) -> None:
        self.blocks = [block for block in self.blocks if block not in fit.replaced] + [fit.block]
        self._left -= fit.tokens
        self._taken.append((new.best.chunk_id, Wording(new.text)))

    def _said_by(self, wording: Wording) -> str | None:
        return next((chunk_id for chunk_id, said in self._taken if wording.adds_nothing_to(said)), None)

    def _part_of(self, new: Block) -> Block | None:
        span = widest_run(new.text, self.room.wanted, lambda span: self._fit(new.part(*span)).tokens <= self._left)
        return new.part(*span) if span else None


def widest_run(text: str, wanted: frozenset[str], fits: Callable[[Span], bool]) -> Span | None:
    """The sentence with most of the words, and as many behind it, then before it, as fit; None when not one does."""
    found = sentences(text)
    for at in sorted(
        range(len(found)), key=lambda at: -len(wanted.intersection(text[slice(*found[at])].casefold().split()))
    ):
        if fits(found[at]):
            break
    else:
        return None
    last = at + _most(len(found) - 1 - at, lambda more: fits((found[at][0], found[at + more][1])))
    first = at - _most(at, lambda more: fits((found[at - more][0], found[last][1])))
    return found[first][0], found[last][1]


def _most(limit: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to the limit for which it holds; it holds for 0 and never again once it does not."""
    return bisect_left(range(1, limit + 1), True, key=lambda number: not holds(number))


def in_order(blocks: Sequence[Block], order: str) -> list[Block]:
    """The blocks as ``ContextRequest.order`` wants them."""
    best_first = sorted(blocks, key=lambda block: block.rank)
    if order == "ends":
        return best_first[::2] + best_first[1::2][::-1]
    if order == "document":
        places: dict[str, int] = {}
        for block in best_first:
            places.setdefault(block.parts[0].document_id, block.rank)
        return sorted(best_first, key=lambda block: (places[block.version[0]], -block.version[1], block.start))
    return best_first
