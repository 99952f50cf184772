"""The reading order of a page: its segments as rows, rows as columns, tables and lines.

Columns and tables are found the same way: by a vertical gutter that stays empty over several rows. Where both sides of
it are filled like prose, they are columns and read one after the other; where they are not, the rows may be a table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median

from ragstone_contracts.documents import Box
from ragstone_ingestion.parsers.pdf.characters import Style
from ragstone_ingestion.parsers.pdf.gutters import Gutter, longest_run
from ragstone_ingestion.parsers.pdf.lines import PageLine, Row, bounds_of, line_of, rows_of
from ragstone_ingestion.parsers.pdf.segments import PageSegments, Segment
from ragstone_ingestion.parsers.pdf.tables import PageTable, aligned_table, parts_of, ruled_table
from ragstone_ingestion.parsers.pdf.view import turned_back

_MIN_GUTTER = 0.8
_MIN_ROWS = 3
_PROSE_FILL = 0.6
_PROSE_WIDTH = 12
_MAX_DEPTH = 8
_SAME_LINE = 0.15
_DESCENT = 0.2

Flow = PageLine | PageTable


def page_flow(page: PageSegments, number: int) -> list[Flow]:
    """Lines and tables of a page in reading order; text that runs sideways or askew comes last."""
    if not page.segments:
        return []
    layout = _Layout(page, number)
    segments = layout.without_ruled(page.segments)
    upright = [segment for segment in segments if segment.style.upright]
    sideways = [segment for segment in segments if not segment.style.upright]
    return [*layout.flow(upright, 0), *(layout.line([segment], bounds_of([[segment]])) for segment in sideways)]


class _Layout:
    def __init__(self, page: PageSegments, number: int) -> None:
        self._page = page
        self._number = number
        self._tables: dict[int, PageTable] = {}
        self._gutter = _MIN_GUTTER * median(segment.size for segment in page.segments)

    def without_ruled(self, segments: list[Segment]) -> list[Segment]:
        """The segments, with one as large as the table in place of those inside each ruling."""
        for ruling in self._page.rulings:
            inside = [segment for segment in segments if ruling.cell(segment.center, segment.middle) is not None]
            table = ruled_table(ruling, inside, self._gutter, self.line)
            if table is None or any(id(segment) in self._tables for segment in inside):
                continue
            whole = Segment("table", ruling.xs[0], ruling.ys[0], ruling.xs[-1], ruling.ys[-1], _upright(inside))
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
        for part in parts_of(run):
            table = None if self._holds_tables(part) else aligned_table(part, self._gutter, self.line)
            bounds = bounds_of(part)
            yield from [table] if table else (item for row in part for item in self._row(row, bounds))

    def _holds_tables(self, rows: Sequence[Row]) -> bool:
        return any(id(segment) in self._tables for row in rows for segment in row)

    def _box(self, row: Row) -> Box:
        width, height = self._page.width or 1, self._page.height or 1
        x0, y0 = min(segment.x0 for segment in row) / width, min(segment.y0 for segment in row) / height
        x1, y1 = max(segment.x1 for segment in row) / width, max(segment.y1 for segment in row) / height
        x0, y0, x1, y1 = map(_fraction, turned_back((x0, y0, x1, y1), self._page.turn))
        return Box(page=self._number, x0=x0, y0=y0, x1=x1, y1=y1)


def _upright(segments: Sequence[Segment]) -> Style:
    return replace(segments[0].style, turn=0)


def _fraction(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def _are_columns(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    for one, other in ((left, right), (right, left)):
        if _is_prose(one, _MIN_ROWS) and (_is_prose(other, 1) or _keeps_its_own_lines(other, one)):
            return True
    return False


def _keeps_its_own_lines(narrow: Sequence[Segment], wide: Sequence[Segment]) -> bool:
    """Whether a narrow column of some lines does not stand line by line beside the wide one, as labels would."""
    rows, bases = rows_of(narrow), [_base_line(row[0]) for row in rows_of(wide)]
    beside = (any(abs(_base_line(row[0]) - base) < _SAME_LINE * row[0].size for base in bases) for row in rows)
    return len(rows) >= _MIN_ROWS and 2 * sum(beside) < len(rows)


def _base_line(segment: Segment) -> float:
    return segment.y1 - _DESCENT * segment.size


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
