"""Tables, from the lines drawn around their cells or from the columns their cells stand in.

A cell that spans several rows is repeated in each, so that every row can be read by itself; one that spans several
columns only in the first row, where it is their heading.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

from ragstone_ingestion.parsers.pdf.gutters import sparse_gutters
from ragstone_ingestion.parsers.pdf.lines import (
    PageLine,
    Row,
    bounds_of,
    is_list_item,
    is_right_to_left,
    rows_of,
    text_of,
)
from ragstone_ingestion.parsers.pdf.rulings import Ruling
from ragstone_ingestion.parsers.pdf.segments import Segment

_CELL_CHARACTERS = 60
_LAYOUT_CHARACTERS = 500
_LABEL_CHARACTERS = 3
_MIN_ROWS = 2
_LAYOUT_ROWS = 4
_MIN_CELLS = 4
_PADDING = 0.6
_PART_GAP = 1.8
_WIDE_GAP = 3.5
_OFF = 0.25
_NUMBER = re.compile(r"[-+(<>~≈$€£¥]*\d[\d.,\s]*[%)*†]*")
Bounds = tuple[float, float]
LineMaker = Callable[[Row, Bounds], PageLine]


@dataclass(frozen=True)
class PageTable:
    """Rows of cells; ``lines`` has the place of each row, ``edges`` the left edge of every column."""

    cells: list[list[str]]
    lines: list[PageLine]
    edges: list[float]


def ruled_table(ruling: Ruling, segments: Sequence[Segment], gutter: float, line: LineMaker) -> PageTable | None:
    """The table of a ruling; a frame around code, or around other things with hardly a cell of text, is none."""
    if not segments or all(segment.style.mono for segment in segments):
        return None
    if len(ruling.xs) == 2:
        return _rules_only(ruling, segments, gutter, line)
    bands = _Bands(ruling, segments)
    filled = bands.filled()
    alone = len(ruling.ys) == 2
    if len(filled) < (2 if alone else _MIN_CELLS) or fmean(filled) > (
        _CELL_CHARACTERS if alone else _LAYOUT_CHARACTERS
    ):
        return None
    if bands.hold_columns(gutter):
        return None
    rows = [row for band in bands.rows() for row in band]
    bounds = ruling.xs[0], ruling.xs[-1]
    lines = [line(row.segments, bounds) for row in rows]
    return _table([row.texts for row in rows], lines, ruling.xs[:-1], least=1 if alone else _MIN_ROWS)


def aligned_table(run: Sequence[Row], gutter: float, line: LineMaker) -> PageTable | None:
    """Rows as a table, if that is what they are: several short cells in most of them, one under the other."""
    edges = [gutter.middle for gutter in sparse_gutters(run, gutter)]
    columns = [_cells(row, edges) for row in run]
    if not _is_tabular(columns, only_marks_are_labels=len(edges) == 1):
        return None
    limits = _extents(columns)
    groups = _grouped(run, columns, lambda above, below: not _all_wrapped(above, below, limits))
    bounds = bounds_of(run)
    texts = [[_cell_text(_cells(row, edges)[c]) for c in range(len(edges) + 1)] for row in groups]
    return _table(texts, [line(row, bounds) for row in groups], [bounds[0], *edges])


def parts_of(run: Sequence[Row]) -> list[list[Row]]:
    """The rows in groups that wide gaps part: the line under a table is no row of it."""
    tops = [min(segment.y0 for segment in row) for row in run]
    steps = [below - above for above, below in pairwise(tops)]
    usual = median(steps) if steps else 0.0
    parts = [[run[0]]]
    for row, step in zip(run[1:], steps, strict=True):
        if step > _PART_GAP * usual or step > _WIDE_GAP * row[0].size:
            parts.append([])
        parts[-1].append(row)
    return parts


@dataclass(frozen=True)
class _BandRow:
    texts: list[str]
    segments: list[Segment]


class _Bands:
    """The cells of a ruling, band by band; one band may hold several rows that no line parts."""

    def __init__(self, ruling: Ruling, segments: Sequence[Segment]) -> None:
        self._ruling = ruling
        self._spans = ruling.merged()
        self._held: dict[tuple[int, int], list[Segment]] = {}
        for segment in segments:
            place = ruling.cell(segment.center, segment.middle)
            if place is not None:
                self._held.setdefault(self._spans[place[0]][place[1]], []).append(segment)
        self._tall = {span for row, spans in enumerate(self._spans) for span in spans if span[0] < row}

    def filled(self) -> list[int]:
        """How many characters each cell with text has."""
        return [sum(len(segment.text) for segment in held) for held in self._held.values()]

    def hold_columns(self, gutter: float) -> bool:
        """Whether a cell has columns of its own: then the lines frame the parts of a page."""
        return any(_parted_rows(held, gutter) >= _LAYOUT_ROWS for held in self._held.values())

    def rows(self) -> Iterator[list[_BandRow]]:
        for band, spans in enumerate(self._spans):
            yield self._band(band, spans)

    def _band(self, band: int, spans: Sequence[tuple[int, int]]) -> list[_BandRow]:
        held = [span for span in dict.fromkeys(spans) if span in self._held]
        tall = {span for span in held if span in self._tall}
        if len(tall) == len(held) and not any(span[0] == band for span in tall):
            return []
        tall |= self._centred([span for span in held if span not in tall])
        own = [span for span in held if span not in tall]
        lines = rows_of([segment for span in own for segment in self._held[span]])
        places = {id(segment): span for span in own for segment in self._held[span]}
        columns = [[[s for s in line if places[id(s)] == span] for span in own] for line in lines]
        limits = [self._limits(band, span) for span in own]
        groups = _grouped(lines, columns, lambda above, below: _mostly_broken_on_purpose(above, below, limits))
        return [self._row(spans, group, tall) for group in groups or [[]]]

    def _centred(self, spans: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
        """The cells whose one line stands between the lines of the others: they span the rows that those are."""
        lines = {span: rows_of(self._held[span]) for span in spans}
        middles = [_middle(line) for found in lines.values() if len(found) > 1 for line in found]
        between = (span for span, found in lines.items() if len(found) == 1 and middles)
        return {
            span
            for span in between
            if all(abs(_middle(lines[span][0]) - middle) > _OFF * _size(lines[span][0]) for middle in middles)
        }

    def _row(self, spans: Sequence[tuple[int, int]], group: Row, tall: set[tuple[int, int]]) -> _BandRow:
        inside = set(map(id, group))
        texts = [_cell_text([s for s in self._held.get(span, []) if span in tall or id(s) in inside]) for span in spans]
        return _BandRow(texts, group or [segment for span in tall for segment in self._held[span]])

    def _limits(self, band: int, span: tuple[int, int]) -> Bounds:
        last = max(column for column, other in enumerate(self._spans[band]) if other == span)
        return self._ruling.xs[span[1]], self._ruling.xs[last + 1]


def _rules_only(ruling: Ruling, segments: Sequence[Segment], gutter: float, line: LineMaker) -> PageTable | None:
    """Ruled by horizontal lines alone: columns are found by alignment, rows by alignment between the lines."""
    rows = rows_of(segments)
    edges = [gutter.middle for gutter in sparse_gutters(rows, gutter)]
    if not edges or not _is_tabular([_cells(row, edges) for row in rows], only_marks_are_labels=len(edges) == 1):
        return None
    return aligned_table(rows, gutter, line)


def _is_tabular(columns: Sequence[Sequence[Row]], *, only_marks_are_labels: bool) -> bool:
    filled = [cell for row in columns for cell in row if cell]
    several = sum(sum(map(bool, row)) > 1 for row in columns)
    labels = [text_of([row[0]]) for row in columns if row[0]]
    only_marks = only_marks_are_labels and all(len(label) <= _LABEL_CHARACTERS for label in labels)
    if several < max(_MIN_ROWS, len(columns) / 2) or only_marks:
        return False
    segments = [segment for cell in filled for segment in cell]
    code = 2 * sum(segment.style.mono for segment in segments) > len(segments)
    return not code and median(sum(len(segment.text) for segment in cell) for cell in filled) <= _CELL_CHARACTERS


def _grouped(
    lines: Sequence[Row], columns: Sequence[Sequence[Row]], parts: Callable[[Sequence[Row], Sequence[Row]], bool]
) -> list[Row]:
    """Lines that are rows of a table together, each group as one row."""
    groups: list[Row] = []
    for position, line in enumerate(lines):
        if groups and not parts(columns[position - 1], columns[position]):
            groups[-1] = [*groups[-1], *line]
        else:
            groups.append(list(line))
    return groups


def _mostly_broken_on_purpose(above: Sequence[Row], below: Sequence[Row], limits: Sequence[Bounds]) -> bool:
    """Whether most cells begin a new line although there was room: then it is a row, not the rest of the one above."""
    pairs = [(a, b, limit) for a, b, limit in zip(above, below, limits, strict=True) if a and b]
    if any(is_list_item(text_of([b])) for _, b, _ in pairs):
        return False
    votes = [_had_room(a, b, limit) for a, b, limit in pairs]
    return sum(votes) >= 2 and sum(votes) * 2 > len(votes)


def _all_wrapped(above: Sequence[Row], below: Sequence[Row], limits: Sequence[Bounds]) -> bool:
    """Whether every cell of a line goes on with the one above, which had no room for more."""
    pairs = [(a, b, limit) for a, b, limit in zip(above, below, limits, strict=True) if b]
    if len(pairs) * 2 > len(limits):
        return False
    return all(bool(a) and not _had_room(a, b, limit) for a, b, limit in pairs)


def _parted_rows(segments: Sequence[Segment], gutter: float) -> int:
    """How many lines of text have a wide gap in them."""
    rows = (sorted(row, key=lambda segment: segment.x0) for row in rows_of(segments))
    return sum(any(b.x0 - a.x1 > gutter for a, b in pairwise(row)) for row in rows)


def _middle(line: Row) -> float:
    return fmean(segment.middle for segment in line)


def _size(line: Row) -> float:
    return line[0].size


def _had_room(above: Row, below: Row, limit: Bounds) -> bool:
    """Whether the line below begins although its first word had room above; a number never goes on in the next line."""
    text = text_of([below])
    if _NUMBER.fullmatch(text) and _NUMBER.fullmatch(text_of([above])):
        return True
    left, right = bounds_of([above])
    word = text.split(" ", 1)[0]
    width = bounds_of([below])[1] - bounds_of([below])[0]
    needed = (len(word) + 1) * width / max(len(text), 1)
    return limit[1] - limit[0] - (right - left) - _PADDING * above[0].size > needed


def _extents(columns: Sequence[Sequence[Row]]) -> list[Bounds]:
    by_column = [[cell for cell in column if cell] for column in zip(*columns, strict=True)]
    return [bounds_of(cells) if cells else (0.0, 0.0) for cells in by_column]


def _cells(row: Row, edges: Sequence[float]) -> list[Row]:
    cells: list[Row] = [[] for _ in range(len(edges) + 1)]
    for segment in sorted(row, key=lambda segment: segment.x0):
        cells[sum(segment.center >= edge for edge in edges)].append(segment)
    return cells


def _cell_text(segments: Sequence[Segment]) -> str:
    """The text of a cell; one that runs up has its lines from left to right, one that runs down from the right."""
    turn = segments[0].style.turn if segments else 0
    if turn in (1, 3):
        return " ".join(s.text for s in sorted(segments, key=lambda segment: segment.x0 * (-1 if turn == 1 else 1)))
    return text_of(rows_of(segments)) if segments else ""


def _table(
    cells: list[list[str]], lines: list[PageLine], edges: list[float], *, least: int = _MIN_ROWS
) -> PageTable | None:
    """The cells in reading direction, without rows and columns that hold nothing."""
    kept = [row for row, texts in enumerate(cells) if any(texts)]
    filled = [column for column in range(len(edges)) if any(texts[column] for texts in cells)]
    if len(kept) < least or len(filled) < 2:
        return None
    if is_right_to_left("".join(map("".join, cells))):
        filled.reverse()
    texts = [[cells[row][column] for column in filled] for row in kept]
    return PageTable(texts, [lines[row] for row in kept], [edges[column] for column in filled])
