"""Lines drawn on a page, and the tables that they rule."""

import ctypes
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

from ragstone_ingestion.parsers.pdf.view import Point, View

_MAX_PATHS = 3_000
_MAX_SEGMENTS = 400
_MAX_STROKES = 2_000
_TOUCH = 2.0
_THIN = 3.0
_MIN_LENGTH = 4.0
_MARGIN = 8.0
_SAME_EXTENT = 4.0
_MIN_RULES = 3


@dataclass(frozen=True)
class Stroke:
    """A horizontal or vertical line: at ``at`` on one axis, from ``start`` to ``end`` on the other."""

    at: float
    start: float
    end: float


@dataclass(frozen=True)
class Ruling:
    """The edges of a table's columns and rows, from left to right and from top to bottom, and the strokes they are of.

    A table that is ruled by horizontal lines alone has no edges between its columns.
    """

    xs: list[float]
    ys: list[float]
    level: list[Stroke]
    upright: list[Stroke]

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the cell at the point; None outside."""
        row, column = bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1
        inside = 0 <= row < len(self.ys) - 1 and 0 <= column < len(self.xs) - 1
        return (row, column) if inside else None

    def merged(self) -> list[list[tuple[int, int]]]:
        """For every cell the first cell of the span it belongs to: itself, where lines part it from the others."""
        spans = [[(row, column) for column in range(len(self.xs) - 1)] for row in range(len(self.ys) - 1)]
        for row in range(len(spans)):
            for column in range(len(spans[row])):
                left = spans[row][column - 1] if column and not self._parted_left(row, column) else None
                above = spans[row - 1][column] if row and not self._parted_above(row, column) else None
                spans[row][column] = min(found for found in (left, above, (row, column)) if found is not None)
        return spans

    def _parted_left(self, row: int, column: int) -> bool:
        return _covers(self.upright, self.xs[column], (self.ys[row] + self.ys[row + 1]) / 2)

    def _parted_above(self, row: int, column: int) -> bool:
        return _covers(self.level, self.ys[row], (self.xs[column] + self.xs[column + 1]) / 2)


def rulings_of(page: Any, view: View) -> list[Ruling]:
    """The ruled tables of a page; pages full of graphics are not searched."""
    paths = _paths(page)
    if len(paths) > _MAX_PATHS:
        return []
    level, upright = list[Stroke](), list[Stroke]()
    for path in paths:
        _sort_in(path, view, level, upright)
    level, upright = _merged(level), _merged(upright)
    if len(level) + len(upright) > _MAX_STROKES:
        return []
    groups = list(_connected(level, upright))
    grids = [_grid(*group) for group in groups if group[1]]
    alone = [stroke for group in groups if not group[1] for stroke in group[0]]
    found = [grid for grid in grids if len(grid.xs) > 2 and len(grid.ys) > 1]
    return found + [ruling for ruling in _rules(alone) if not any(_overlap(ruling, grid) for grid in found)]


def _paths(page: Any) -> list[Any]:
    objects = (pdfium.FPDFPage_GetObject(page, index) for index in range(pdfium.FPDFPage_CountObjects(page)))
    return [one for one in objects if pdfium.FPDFPageObj_GetType(one) == pdfium.FPDF_PAGEOBJ_PATH]


def _sort_in(path: Any, view: View, level: list[Stroke], upright: list[Stroke]) -> None:
    """Adds the path's horizontal and vertical parts; of a shape that is filled only, no more than what is thin."""
    parts = list(_straight_parts(path, view))
    if not parts:
        return
    stroked, mode = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, mode, stroked)
    if not stroked.value:
        if not mode.value:
            return
        xs, ys = [x for part in parts for x, _ in part], [y for part in parts for _, y in part]
        width, height = max(xs) - min(xs), max(ys) - min(ys)
        if height < _THIN and width >= _MIN_LENGTH:
            level.append(Stroke((min(ys) + max(ys)) / 2, min(xs), max(xs)))
        elif width < _THIN and height >= _MIN_LENGTH:
            upright.append(Stroke((min(xs) + max(xs)) / 2, min(ys), max(ys)))
        return
    for start, end in parts:
        width, height = abs(end[0] - start[0]), abs(end[1] - start[1])
        if height < 1 and width >= _MIN_LENGTH:
            level.append(Stroke(start[1], min(start[0], end[0]), max(start[0], end[0])))
        elif width < 1 and height >= _MIN_LENGTH:
            upright.append(Stroke(start[0], min(start[1], end[1]), max(start[1], end[1])))


def _straight_parts(path: Any, view: View) -> Iterator[tuple[Point, Point]]:
    """The straight parts of a path as shown."""
    count = pdfium.FPDFPath_CountSegments(path)
    if count > _MAX_SEGMENTS:
        return
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(path, matrix)
    begin = last = (0.0, 0.0)
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        point = view.point(*_transformed(segment, matrix))
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            begin = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO:
            yield last, point
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield point, begin
        last = point


def _transformed(segment: Any, matrix: Any) -> Point:
    x, y = ctypes.c_float(), ctypes.c_float()
    pdfium.FPDFPathSegment_GetPoint(segment, x, y)
    return (
        matrix.a * x.value + matrix.c * y.value + matrix.e,
        matrix.b * x.value + matrix.d * y.value + matrix.f,
    )


def _merged(strokes: Iterable[Stroke]) -> list[Stroke]:
    """Strokes that go on where another ends, or lie on one another, as one: tables are often drawn cell by cell."""
    merged: list[Stroke] = []
    lines: list[list[Stroke]] = []
    for stroke in sorted(strokes, key=lambda stroke: stroke.at):
        if lines and stroke.at - lines[-1][0].at < 1:
            lines[-1].append(stroke)
        else:
            lines.append([stroke])
    for line in lines:
        begun = len(merged)
        for stroke in sorted(line, key=lambda stroke: stroke.start):
            if len(merged) > begun and stroke.start - merged[-1].end <= _TOUCH:
                last = merged[-1]
                merged[-1] = Stroke(last.at, last.start, max(last.end, stroke.end))
            else:
                merged.append(stroke)
    return merged


def _connected(level: Sequence[Stroke], upright: Sequence[Stroke]) -> list[tuple[list[Stroke], list[Stroke]]]:
    """The strokes in groups that cross or touch one another; what no vertical line touches is alone."""
    groups: list[tuple[list[Stroke], list[Stroke]]] = []
    for line in level:
        joined = [line], [other for other in upright if _cross(line, other)]
        for group in [group for group in groups if any(one in group[1] for one in joined[1])]:
            joined = ([*group[0], *joined[0]], [*group[1], *(one for one in joined[1] if one not in group[1])])
            groups.remove(group)
        groups.append(joined)
    return groups


def _cross(line: Stroke, other: Stroke) -> bool:
    within = line.start - _TOUCH <= other.at <= line.end + _TOUCH
    return within and other.start - _TOUCH <= line.at <= other.end + _TOUCH


def _grid(level: list[Stroke], upright: list[Stroke]) -> Ruling:
    """The outer lines of a table are often left out: then the others end where they would stand."""
    xs = [stroke.at for stroke in upright] + _beyond(upright, level)
    ys = [stroke.at for stroke in level] + _beyond(level, upright)
    return Ruling(_distinct(xs), _distinct(ys), level, upright)


def _beyond(strokes: Sequence[Stroke], others: Sequence[Stroke]) -> list[float]:
    """Where the others begin and end, if that is well beyond the strokes."""
    first, last = min(stroke.at for stroke in strokes), max(stroke.at for stroke in strokes)
    start, end = min(stroke.start for stroke in others), max(stroke.end for stroke in others)
    return [start] * (start < first - _MARGIN) + [end] * (end > last + _MARGIN)


def _rules(strokes: Sequence[Stroke]) -> Iterator[Ruling]:
    """Three or more horizontal lines of one length, one under the other, rule a table without vertical lines."""
    remaining = sorted(strokes, key=lambda stroke: stroke.at)
    while remaining:
        first = remaining[0]
        same = [stroke for stroke in remaining if _same_extent(first, stroke)]
        remaining = [stroke for stroke in remaining if stroke not in same]
        ys = _distinct([stroke.at for stroke in same])
        if len(ys) >= _MIN_RULES:
            within = [one for one in remaining if ys[0] < one.at < ys[-1] and first.start - _TOUCH <= one.start]
            inner = [stroke for stroke in within if stroke.end <= first.end + _TOUCH]
            yield Ruling([first.start, first.end], ys, [*same, *inner], [])


def _same_extent(one: Stroke, other: Stroke) -> bool:
    return abs(one.start - other.start) < _SAME_EXTENT and abs(one.end - other.end) < _SAME_EXTENT


def _overlap(one: Ruling, other: Ruling) -> bool:
    across = min(one.xs[-1], other.xs[-1]) - max(one.xs[0], other.xs[0])
    down = min(one.ys[-1], other.ys[-1]) - max(one.ys[0], other.ys[0])
    return across > 0 and down > 0


def _covers(strokes: Iterable[Stroke], at: float, point: float) -> bool:
    return any(abs(stroke.at - at) <= _TOUCH and stroke.start <= point <= stroke.end for stroke in strokes)


def _distinct(positions: Sequence[float]) -> list[float]:
    """The positions in order, those of one line's two edges taken once."""
    ordered = sorted(positions)
    return ordered[:1] + [later for earlier, later in pairwise(ordered) if later - earlier > _TOUCH]
