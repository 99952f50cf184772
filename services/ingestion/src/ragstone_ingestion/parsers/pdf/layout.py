"""The reading order of a page: its segments as rows, rows as columns, tables and lines.

Columns and tables are found the same way: by a vertical gutter that stays empty over several rows. Where both sides of
it are filled like prose, they are columns and read one after the other; where they are not, the rows may be a table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from ragstone_contracts.documents import Box
from ragstone_ingestion.parsers.pdf.gutters import Gutter, longest_run, sparse_gutters
from ragstone_ingestion.parsers.pdf.lines import PageLine, Row, bounds_of, is_right_to_left, line_of, rows_of, text_of
from ragstone_ingestion.parsers.pdf.rulings import Grid
from ragstone_ingestion.parsers.pdf.segments import PageSegments, Segment

_MIN_GUTTER = 0.8
_MIN_ROWS = 3
_PROSE_FILL = 0.6
_PROSE_WIDTH = 12
_CELL_CHARACTERS = 60
_LABEL_CHARACTERS = 3
_MAX_DEPTH = 8
_MIN_GRID_ROWS = 2
_MIN_GRID_CELLS = 4


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
    upright = layout.without_grids([segment for segment in page.segments if segment.style.upright])
    sideways = [segment for segment in page.segments if not segment.style.upright]
    return [*layout.flow(upright, 0), *(layout.line([segment], bounds_of([[segment]])) for segment in sideways)]


class _Layout:
    def __init__(self, page: PageSegments, number: int) -> None:
        self._page = page
        self._number = number
        self._tables: dict[int, PageTable] = {}
        self._gutter = _MIN_GUTTER * median(segment.size for segment in page.segments)

    def without_grids(self, segments: list[Segment]) -> list[Segment]:
        """The segments, with one as large as the table in place of those inside each grid."""
        for grid in self._page.grids:
            inside = [segment for segment in segments if grid.cell(segment.center, segment.middle) is not None]
            table = self._grid_table(grid, inside)
            if table is None:
                continue
            whole = Segment("table", grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1], inside[0].style)
            self._tables[id(whole)] = table
            held = set(map(id, inside))
            segments = [segment for segment in segments if id(segment) not in held] + [whole]
        return segments

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
                yield from self._row(rows[start], bounds)
                start += 1

    def _row(self, row: Row, bounds: tuple[float, float]) -> Iterator[Flow]:
        yield from (self._tables[id(segment)] for segment in row if id(segment) in self._tables)
        if text := [segment for segment in row if id(segment) not in self._tables]:
            yield self.line(text, bounds)

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
        table = self._table(run) if not any(id(segment) in self._tables for segment in segments) else None
        bounds = bounds_of(run)
        yield from [table] if table else (item for row in run for item in self._row(row, bounds))

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
        return PageTable(_tidy(cells), [self.line(row, bounds) for row in run])

    def _grid_table(self, grid: Grid, segments: Sequence[Segment]) -> PageTable | None:
        """The table of a grid; a frame around other things, with hardly a cell of text, is none."""
        cells = [[list[Segment]() for _ in grid.xs[1:]] for _ in grid.ys[1:]]
        for segment in segments:
            place = grid.cell(segment.center, segment.middle)
            assert place is not None
            cells[place[0]][place[1]].append(segment)
        rows = [row for row in cells if any(row)]
        if len(rows) < _MIN_GRID_ROWS or sum(bool(cell) for row in rows for cell in row) < _MIN_GRID_CELLS:
            return None
        bounds = grid.xs[0], grid.xs[-1]
        lines = [self.line([segment for cell in row for segment in cell], bounds) for row in rows]
        texts = [[text_of(rows_of(cell)) for cell in row] for row in rows]
        return PageTable(_tidy(texts), lines)

    def _box(self, row: Row) -> Box:
        width, height = self._page.width or 1, self._page.height or 1
        return Box(
            page=self._number,
            x0=_fraction(min(segment.x0 for segment in row) / width),
            y0=_fraction(min(segment.y0 for segment in row) / height),
            x1=_fraction(max(segment.x1 for segment in row) / width),
            y1=_fraction(max(segment.y1 for segment in row) / height),
        )


def _tidy(cells: list[list[str]]) -> list[list[str]]:
    """The cells in reading direction, without columns that hold nothing."""
    columns = [column for column in zip(*cells, strict=True) if any(column)]
    if is_right_to_left("".join(map("".join, columns))):
        columns.reverse()
    return [list(row) for row in zip(*columns, strict=True)]


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
