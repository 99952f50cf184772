"""The tables on a grid of cells: what blank rows and columns part, each with its header in the first row."""

from collections.abc import Iterator
from itertools import compress, groupby

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.parsers.canonical import CanonicalText, table_text

Row = list[str]
Grid = list[Row]
Position = tuple[int, int]
COVERED = " "
"""Stands in a cell that another one reaches over: nothing to read, and no gap either."""
_DEPTH = 4


def add_grid(canonical: CanonicalText, grid: Grid, page: int | None = None) -> None:
    """Appends the tables of a grid in reading order; a cell alone, or alone above a table, becomes a paragraph."""
    for table in _tables(grid, _DEPTH):
        add_table(canonical, table, page)


def add_table(canonical: CanonicalText, table: Grid, page: int | None = None) -> None:
    """Appends one table; rows of nothing but a first cell above its header are its title."""
    table = _without_blank_columns(table)
    wide = next((index for index, row in enumerate(table) if any(map(str.strip, row[1:]))), None)
    body = len(table) if wide is None and len(table) == 1 else wide or 0
    for row in table[:body]:
        canonical.add(BlockKind.PARAGRAPH, " ".join(cell for cell in row if cell.strip()), page=page)
    canonical.add(BlockKind.TABLE, table_text(table[body:]), page=page)


def spread(grid: Grid, start: Position, end: Position) -> None:
    """Writes a merged cell's text into all it covers downwards, and to the right in a table's first row.

    A title, alone in its row, and a value that only takes more room stay one cell, with ``COVERED`` beside it.
    """
    text = grid[start[0]][start[1]] if start[0] < len(grid) and start[1] < len(grid[start[0]]) else ""
    opens_table = start[0] == 0 or not any(grid[start[0] - 1][start[1] : end[1] + 1])
    for row in grid[start[0] : end[0] + 1]:
        alone = not any(row[: start[1]]) and not any(row[end[1] + 1 :])
        covered = len(row[start[1] : end[1] + 1])
        repeated = opens_table and not alone
        row[start[1] : end[1] + 1] = [text] * covered if repeated else [text, *[COVERED] * covered][:covered]


def _tables(grid: Grid, depth: int) -> Iterator[Grid]:
    """Cuts along blank rows, then along blank columns, until nothing is left to cut."""
    bands = _joined(_bands(grid))
    for band in bands:
        columns = _column_runs(band)
        if depth == 0 or (len(columns) == 1 and len(bands) == 1):
            yield from (_cut(band, run) for run in columns)
        else:
            for run in columns:
                yield from _tables(_cut(band, run), depth - 1)


def _bands(grid: Grid) -> list[Grid]:
    """Runs of rows that hold anything and stand below one another."""
    bands: list[Grid] = []
    above = range(0)
    for row in grid:
        here = _extent(row)
        if here and bands and _overlap(above, here):
            bands[-1].append(row)
        elif here:
            bands.append([row])
        above = here
    return bands


def _extent(row: Row) -> range:
    used = [column for column, cell in enumerate(row) if cell]
    return range(used[0], used[-1] + 1) if used else range(0)


def _overlap(one: range, other: range) -> bool:
    return max(one.start, other.start) < min(one.stop, other.stop)


def _joined(bands: list[Grid]) -> list[Grid]:
    """Bands with what only continues them: a blank row for the eye's sake must not cost rows their header."""
    joined: list[Grid] = []
    for band in bands:
        if joined and _kinds(band[0]) == _kinds(joined[-1][-1]) and "number" in _kinds(band[0]):
            joined[-1] += band
        else:
            joined.append(band)
    return joined


def _kinds(row: Row) -> list[str]:
    """Per column: number, text or nothing."""
    return [("number" if any(map(str.isdigit, cell)) else "text") if cell.strip() else "" for cell in row]


def _column_runs(band: Grid) -> list[range]:
    """Tables that stand side by side. A column alone is a label of what is beside it, so then nothing is cut."""
    used = _used_columns(band)
    runs = [list(columns) for filled, columns in groupby(range(len(used)), key=used.__getitem__) if filled]
    if any(len(run) == 1 for run in runs):
        return [range(runs[0][0], runs[-1][-1] + 1)]
    return [range(run[0], run[-1] + 1) for run in runs]


def _used_columns(band: Grid) -> list[bool]:
    used = [False] * max(map(len, band))
    for row in band:
        for column, cell in enumerate(row):
            used[column] = used[column] or bool(cell)
    return used


def _cut(band: Grid, columns: range) -> Grid:
    return [row[columns.start : columns.stop] for row in band]


def _without_blank_columns(table: Grid) -> Grid:
    used = _used_columns([[cell.strip() for cell in row] for row in table])
    return table if all(used) else [list(compress(row, used)) for row in table]
