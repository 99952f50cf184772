"""How near a parsed document is to its reference: words, the cells of its tables, and the order of its text."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import product

from bench.parsers.references import Table

from ragstone_contracts.documents import BlockKind, ParsedDocument

_WORD = re.compile(r"\w+")
_ANCHOR = 3
_SEPARATOR = " | "


def token_f1(text: str, reference: str) -> float:
    """The harmonic mean of precision and recall over the words, each counted as often as it occurs."""
    return _f1([(Counter(_words(text)), Counter(_words(reference)))])


def order(text: str, reference: str) -> float | None:
    """How much of the text stands in the order of the reference, 0 to 1; None where they share too little to tell.

    Places are told by three words in a row that occur once in either; it is the share of the longest part of them that
    rises in both.
    """
    ours, theirs = _anchors(text), _anchors(reference)
    places = [ours[anchor] for anchor in theirs if anchor in ours]
    return _longest_rise(places) / len(places) if len(places) > 1 else None


def cell_f1(tables: Sequence[Table], references: Sequence[Table]) -> float | None:
    """F1 over the cells of all tables, cells of one row told by what stands left of them; None where there is none.

    A cell counts with its words and those of the filled cell before it in its row. Tables are matched one to one, the
    most alike first; the cells of those without a match are missing or too many.
    """
    ours, theirs = [_cells(table) for table in tables], [_cells(table) for table in references]
    if not any(theirs):
        return None
    alike = sorted(product(range(len(ours)), range(len(theirs))), key=lambda pair: -_shared(ours, theirs, pair))
    matched: dict[int, int] = {}
    for one, other in alike:
        if one not in matched and other not in matched.values() and _shared(ours, theirs, (one, other)):
            matched[one] = other
    pairs = [(ours[one], theirs[other]) for one, other in matched.items()]
    pairs += [(cells, Counter()) for number, cells in enumerate(ours) if number not in matched]
    pairs += [(Counter(), cells) for number, cells in enumerate(theirs) if number not in matched.values()]
    return _f1(pairs)


def tables_of(document: ParsedDocument) -> list[Table]:
    """The table blocks of a parsed document as rows of cells."""
    blocks = (block for block in document.blocks if block.kind is BlockKind.TABLE)
    texts = (document.text[block.start : block.end] for block in blocks)
    return [[line.split(_SEPARATOR) for line in text.split("\n")] for text in texts]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _f1(pairs: Sequence[tuple[Counter[str], Counter[str]]]) -> float:
    shared = sum((one & other).total() for one, other in pairs)
    return 2 * shared / max(1, sum(one.total() + other.total() for one, other in pairs))


def _shared(ours: Sequence[Counter[str]], theirs: Sequence[Counter[str]], pair: tuple[int, int]) -> int:
    return (ours[pair[0]] & theirs[pair[1]]).total()


def _cells(table: Table) -> Counter[str]:
    cells: Counter[str] = Counter()
    for row in table:
        filled = [words for words in (" ".join(_words(cell)) for cell in row) if words]
        cells.update(f"{before}\t{cell}" for before, cell in zip(["", *filled], filled, strict=False))
    return cells


def _anchors(text: str) -> dict[str, int]:
    words = _words(text)
    anchors = [" ".join(words[place : place + _ANCHOR]) for place in range(len(words) - _ANCHOR + 1)]
    counts = Counter(anchors)
    return {anchor: place for place, anchor in enumerate(anchors) if counts[anchor] == 1}


def _longest_rise(places: Sequence[int]) -> int:
    ends: list[int] = []
    for place in places:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)
