"""Tables drawn with lines: the grid that the strokes of a page make."""

import ctypes
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pypdfium2.raw as pdfium

from ragstone_ingestion.parsers.pdf.view import View

_MAX_PATHS = 3_000
_MAX_SEGMENTS = 400
_TOUCH = 2.0
_MIN_LENGTH = 4.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Stroke:
    """A horizontal or vertical line: at ``at`` on one axis, from ``start`` to ``end`` on the other."""

    at: float
    start: float
    end: float


@dataclass(frozen=True)
class Grid:
    """The edges of a table's columns and rows, from left to right and from top to bottom."""

    xs: list[float]
    ys: list[float]

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column of the cell at the point; None outside."""
        row, column = bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1
        inside = 0 <= row < len(self.ys) - 1 and 0 <= column < len(self.xs) - 1
        return (row, column) if inside else None


def grids_of(page: Any, view: View) -> list[Grid]:
    """The grids of at least two rows and two columns; pages full of graphics are not searched."""
    paths = _paths(page)
    if len(paths) > _MAX_PATHS:
        return []
    level, upright = list[Stroke](), list[Stroke]()
    for path in paths:
        for start, end in _straight_parts(path, view):
            _sort_in(start, end, level, upright)
    grids = (_grid(some, others) for some, others in _connected(level, upright))
    return [grid for grid in grids if len(grid.xs) > 2 and len(grid.ys) > 2]


def _paths(page: Any) -> list[Any]:
    objects = (pdfium.FPDFPage_GetObject(page, index) for index in range(pdfium.FPDFPage_CountObjects(page)))
    return [one for one in objects if pdfium.FPDFPageObj_GetType(one) == pdfium.FPDF_PAGEOBJ_PATH]


def _straight_parts(path: Any, view: View) -> Iterator[tuple[Point, Point]]:
    """The straight parts of a path as shown; a thin filled rectangle is the line it looks like."""
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


def _sort_in(start: Point, end: Point, level: list[Stroke], upright: list[Stroke]) -> None:
    width, height = abs(end[0] - start[0]), abs(end[1] - start[1])
    if height < 1 and width >= _MIN_LENGTH:
        level.append(Stroke(start[1], min(start[0], end[0]), max(start[0], end[0])))
    elif width < 1 and height >= _MIN_LENGTH:
        upright.append(Stroke(start[0], min(start[1], end[1]), max(start[1], end[1])))


def _connected(level: Sequence[Stroke], upright: Sequence[Stroke]) -> list[tuple[list[Stroke], list[Stroke]]]:
    """The strokes in groups that cross or touch one another."""
    groups: list[tuple[list[Stroke], list[Stroke]]] = []
    for line in level:
        touching = [group for group in groups if any(_cross(line, other) for other in group[1])]
        fresh = [other for other in upright if _cross(line, other)]
        joined = ([line], fresh)
        for group in touching:
            joined = ([*group[0], *joined[0]], [*group[1], *(one for one in joined[1] if one not in group[1])])
            groups.remove(group)
        groups.append(joined)
    return groups


def _cross(line: Stroke, other: Stroke) -> bool:
    within = line.start - _TOUCH <= other.at <= line.end + _TOUCH
    return within and other.start - _TOUCH <= line.at <= other.end + _TOUCH


def _grid(level: Sequence[Stroke], upright: Sequence[Stroke]) -> Grid:
    return Grid(_distinct([stroke.at for stroke in upright]), _distinct([stroke.at for stroke in level]))


def _distinct(positions: Sequence[float]) -> list[float]:
    """The positions in order, those of one line's two edges taken once."""
    ordered = sorted(positions)
    return ordered[:1] + [later for earlier, later in pairwise(ordered) if later - earlier > _TOUCH]
