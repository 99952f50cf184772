"""Blocks: passages of a document version that touch, as one range of its text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from ragstone_contracts.search import ScoredChunk

Version = tuple[str, int]
"""A document's id and the version."""
Gap = tuple[Version, int, int]
Gaps = Mapping[Gap, str]
"""The blank text between passages, by where it stands."""

_WIDEST_GAP = 8
"""Characters; between chunks that follow each other there is a line break or two."""


@dataclass(frozen=True, eq=False)
class Block:
    """``parts`` are its passages as they come in the text, ``rank`` counts from 0 and is the best of theirs."""

    parts: tuple[ScoredChunk, ...]
    rank: int
    start: int
    end: int
    text: str
    cut: bool = False

    @classmethod
    def of(cls, passage: ScoredChunk, rank: int) -> "Block":
        return cls((passage,), rank, passage.start, passage.end, passage.text)

    def part(self, start: int, end: int) -> "Block":
        """The range of it, counted from its own beginning."""
        return replace(self, start=self.start + start, end=self.start + end, text=self.text[start:end], cut=True)

    @property
    def version(self) -> Version:
        return self.parts[0].document_id, self.parts[0].version

    @property
    def best(self) -> ScoredChunk:
        return max(self.parts, key=lambda part: part.score)

    @property
    def chunk_ids(self) -> list[str]:
        return list(dict.fromkeys(part.chunk_id for part in self.parts))

    @property
    def section(self) -> list[str]:
        """The headings that all of it stands under, outermost first."""
        paths = [section_of(part) for part in self.parts]
        levels = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
        return [names[0] for names in levels]


def section_of(passage: ScoredChunk) -> list[str]:
    section = passage.metadata.get("section")
    return [str(heading) for heading in section] if isinstance(section, list) else []


def gaps_between(passages: Iterable[ScoredChunk]) -> list[Gap]:
    """The ranges to be read before it can be said whether the passages on both sides touch."""
    spans: dict[Version, set[tuple[int, int]]] = {}
    for passage in passages:
        spans.setdefault((passage.document_id, passage.version), set()).add((passage.start, passage.end))
    return [(version, *gap) for version, found in spans.items() for gap in _narrow(sorted(found))]


def _narrow(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    ends = spans[0][1]
    for _, (start, end) in pairwise(spans):
        if 0 < start - ends <= _WIDEST_GAP:
            yield ends, start
        ends = max(ends, end)


def joined(one: Block, other: Block, gaps: Gaps) -> Block | None:
    """Both as one when they overlap or nothing but a known gap is between them."""
    first, second = sorted((one, other), key=lambda block: (block.start, -block.end))
    if one.version != other.version:
        return None
    between = "" if second.start <= first.end else gaps.get((first.version, first.end, second.start))
    if between is None:
        return None
    text = first.text + between + second.text[max(0, first.end - second.start) :]
    parts = sorted((*one.parts, *other.parts), key=lambda part: (part.start, part.end))
    end, cut = max(first.end, second.end), one.cut or other.cut
    return Block(tuple(parts), min(one.rank, other.rank), first.start, end, text, cut)
