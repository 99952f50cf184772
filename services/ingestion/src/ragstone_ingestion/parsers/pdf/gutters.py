"""Vertical strips of a page that rows of text leave empty."""

from collections.abc import Sequence
from dataclasses import dataclass

from ragstone_ingestion.parsers.pdf.lines import Row, bounds_of
from ragstone_ingestion.parsers.pdf.segments import Segment

_CROSSING_SHARE = 0.15
_TOUCH = 0.01


@dataclass(frozen=True)
class Gutter:
    """An empty strip; the flags say whether there is text on its sides."""

    x0: float
    x1: float
    text_left: bool = True
    text_right: bool = True

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2

    def sides(self, segments: Sequence[Segment]) -> tuple[list[Segment], list[Segment]]:
        left = [segment for segment in segments if segment.x1 <= self.x0 + _TOUCH]
        right = [segment for segment in segments if segment.x1 > self.x0 + _TOUCH]
        return left, right


def longest_run(rows: Sequence[Row], start: int, bounds: tuple[float, float], width: float) -> tuple[int, list[Gutter]]:
    """Where the longest run of rows from ``start`` ends that a gutter goes through, and the gutters that do.

    ``bounds`` are the edges of the region, and ``width`` is how wide a gutter must be.
    """
    gutters = _gaps(rows[start], bounds, width)
    end, found = start + 1, list[Gutter]()
    for position in range(start + 1, len(rows)):
        gutters = _common(gutters, _gaps(rows[position], bounds, width), width)
        inner = [gutter for gutter in gutters if gutter.text_left and gutter.text_right]
        if inner:
            end, found = position + 1, inner
        if not gutters:
            break
    return end, found


def sparse_gutters(rows: Sequence[Row], width: float) -> list[Gutter]:
    """Strips that only few of the rows cross, from left to right: a heading may span the columns of a table."""
    edges = sorted([(s.x0, 1) for row in rows for s in row] + [(s.x1, -1) for row in rows for s in row])
    left, right = bounds_of(rows)
    found, covering, opened = list[Gutter](), 0, left
    for x, change in edges:
        before, covering = covering, covering + change
        allowed = _CROSSING_SHARE * len(rows)
        if before <= allowed < covering and x - opened >= width and opened > left:
            found.append(Gutter(opened, x))
        elif covering <= allowed < before:
            opened = x
    return [gutter for gutter in found if gutter.x1 < right]


def _gaps(row: Row, bounds: tuple[float, float], width: float) -> list[Gutter]:
    """What a row leaves empty between the bounds, its margins included."""
    gaps, position, right = list[Gutter](), *bounds
    for segment in sorted(row, key=lambda segment: segment.x0):
        if segment.x0 - position >= width:
            gaps.append(Gutter(position, segment.x0, text_left=position > bounds[0]))
        position = max(position, segment.x1)
    if right - position >= width:
        gaps.append(Gutter(position, right, text_right=False))
    return gaps


def _common(some: Sequence[Gutter], others: Sequence[Gutter], width: float) -> list[Gutter]:
    cut = (
        Gutter(max(a.x0, b.x0), min(a.x1, b.x1), a.text_left or b.text_left, a.text_right or b.text_right)
        for a in some
        for b in others
        if a.x0 < b.x1 and b.x0 < a.x1
    )
    return [gutter for gutter in cut if gutter.width >= width]
