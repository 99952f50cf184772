"""The reading order of a page: its segments as rows, rows as columns, tables and lines.

Columns and tables are found the same way: by a vertical gutter that stays empty over several rows. Where both sides of
it are filled like prose, they are columns and read one after the other; where they are not, the rows may be a table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from ragstone_contracts.documents import Box
from ragstone_ingestion.parsers.pdf.gutters import Gutter, longest_run, sparse_gutters
from ragstone_ingestion.parsers.pdf.lines import PageLine, Row, bounds_of, line_of, rows_of
from ragstone_ingestion.parsers.pdf.segments import PageSegments, Segment

_MIN_GUTTER = 0.8
_MIN_ROWS = 3
_PROSE_FILL = 0.6
_PROSE_WIDTH = 12
_CELL_CHARACTERS = 60
_LABEL_CHARACTERS = 3
_MAX_DEPTH = 8


@dataclass(frozen=True)
class PageTable:
    """Rows of cells; ``lines`` has the place of each row."""

    cells: list[list[str]]
    lines: list[PageLine]


Flow = PageLine | PageTable


def page_flow(page: PageSegments, number: int) -> list[Flow]:
    """Lines and tables of a page in reading order; text that runs sideways comes last."""
    if not page.segments:
        return []
    layout = _Layout(page, number)
    upright = [segment for segment in page.segments if segment.style.upright]
    sideways = [segment for segment in page.segments if not segment.style.upright]
    return [*layout.flow(upright, 0), *(layout.line([segment], bounds_of([[segment]])) for segment in sideways)]


class _Layout:
    def __init__(self, page: PageSegments, number: int) -> None:
        self._page = page
        self._number = number
        self._gutter = _MIN_GUTTER * median(segment.size for segment in page.segments)

    def flow(self, segments: Sequence[Segment], depth: int) -> Iterator[Flow]:
        """The segments of one region in reading order."""
        rows = rows_of(segments)
        if not rows:
            return
        bounds = bounds_of(rows)
        start = 0
        while start < len(rows):
            end, gutters = longest_run(rows, start, bounds, self._gutter)
            if end - start >= _MIN_ROWS and gutters and depth < _MAX_DEPTH:
                yield from self._split(rows[start:end], gutters, depth)
                start = end
            else:
                yield self.line(rows[start], bounds)
                start += 1

    def line(self, row: Row, bounds: tuple[float, float]) -> PageLine:
        return line_of(row, bounds, self._box(row))

    def _split(self, run: Sequence[Row], gutters: Sequence[Gutter], depth: int) -> Iterator[Flow]:
        segments = [segment for row in run for segment in row]
        for gutter in sorted(gutters, key=lambda gutter: -gutter.width):
            left, right = gutter.sides(segments)
            if _are_columns(left, right):
                yield from self.flow(left, depth + 1)
                yield from self.flow(right, depth + 1)
                return
        table = self._table(run)
        bounds = bounds_of(run)
        yield from [table] if table else (self.line(row, bounds) for row in run)

    def _table(self, run: Sequence[Row]) -> PageTable | None:
        """The rows as a table, if that is what they are: several short cells in most rows."""
        edges = [gutter.middle for gutter in sparse_gutters(run, self._gutter)]
        cells = [_cells(row, edges) for row in run]
        filled = [cell for row in cells for cell in row if cell]
        code = all(segment.style.mono for row in run for segment in row)
        several = sum(sum(map(bool, row)) > 1 for row in cells)
        labels = [row[0] for row in cells if row[0]]
        only_marks = all(len(label) <= _LABEL_CHARACTERS for label in labels) and len(edges) == 1
        if several < max(2, len(run) / 2) or median(map(len, filled)) > _CELL_CHARACTERS or only_marks or code:
            return None
        bounds = bounds_of(run)
        return PageTable(cells, [self.line(row, bounds) for row in run])

    def _box(self, row: Row) -> Box:
        width, height = self._page.width or 1, self._page.height or 1
        return Box(
            page=self._number,
            x0=_fraction(min(segment.x0 for segment in row) / width),
            y0=_fraction(min(segment.y0 for segment in row) / height),
            x1=_fraction(max(segment.x1 for segment in row) / width),
            y1=_fraction(max(segment.y1 for segment in row) / height),
        )


def _fraction(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def _are_columns(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    return (_is_prose(left, _MIN_ROWS) and _is_prose(right, 1)) or (_is_prose(left, 1) and _is_prose(right, _MIN_ROWS))


def _is_prose(segments: Sequence[Segment], min_rows: int) -> bool:
    """Whether at least so many rows, and most of them, fill their column as running text does."""
    rows = rows_of(segments)
    if len(rows) < min_rows:
        return False
    left, right = bounds_of(rows)
    if right - left < _PROSE_WIDTH * median(segment.size for segment in segments):
        return False
    full = sum(sum(segment.x1 - segment.x0 for segment in row) >= _PROSE_FILL * (right - left) for row in rows)
    return full >= len(rows) / 2


def _cells(row: Row, edges: Sequence[float]) -> list[str]:
    cells: list[list[str]] = [[] for _ in range(len(edges) + 1)]
    for segment in sorted(row, key=lambda segment: segment.x0):
        cells[sum(segment.x0 >= edge for edge in edges)].append(segment.text)
    return [" ".join(cell) for cell in cells]
