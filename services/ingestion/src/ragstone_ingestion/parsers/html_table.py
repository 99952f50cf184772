"""Tables of pages: which are tables at all, and their cells."""

from collections.abc import Iterator

from ragstone_ingestion.errors import ParserLimit
from ragstone_ingestion.parsers.canonical import one_line
from ragstone_ingestion.parsers.grids import Grid, Position, spread
from ragstone_ingestion.parsers.xml import Element

_SECTIONS = ("thead", "tbody", "tfoot")
_CELLS = ("td", "th")
_OF_DATA = ("th", "caption", "thead")
_OF_LAYOUT = ("table", "h1", "h2", "h3", "h4", "h5", "h6")
_PARTED = frozenset(("br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "table", "dt", "dd", "pre", "blockquote"))
_NOT_SHOWN = frozenset(("script", "style", "template"))
_LONGEST_CELL = 300
"""Characters of a cell that may hold headings or tables."""
_MAX_SPAN = 1000
_MAX_CELLS = 2_000_000


def is_layout(table: Element) -> bool:
    """Whether the table only places things on the page: by role, by a single column, or by what its cells hold."""
    if table.get("role") in ("presentation", "none"):
        return True
    if any(next(table.iter(tag), None) is not None for tag in _OF_DATA):
        return False
    rows = list(_rows(table))
    if all(len(list(_cells(row))) < 2 for row in rows):
        return True
    held = (element.tag for element in table.iter() if element is not table)
    if not any(tag in _OF_LAYOUT for tag in held):
        return False
    # In rows of short cells one with a heading or a small table in it is a cell all the same; else a part of the page.
    return len(rows) < 2 or any(_is_long(cell) for row in rows for cell in _cells(row))


def _is_long(cell: Element) -> bool:
    length = 0
    for piece in _pieces(cell):
        length += len(piece.strip())
        if length > _LONGEST_CELL:
            return True
    return False


def table_grid(table: Element) -> Grid:
    """The cells' texts, merged ones spread. Raises ParserLimit for a table of too many cells."""
    grid: Grid = []
    merged: list[tuple[Position, Position]] = []
    reaching: dict[int, int] = {}  # column -> first row that a cell from above no longer reaches into
    budget = _MAX_CELLS
    for number, row in enumerate(_rows(table)):
        texts: list[str] = []
        for cell in _cells(row):
            while reaching.get(len(texts), 0) > number:
                texts.append("")
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            if across > 1 or down > 1:
                merged.append(((number, len(texts)), (number + down - 1, len(texts) + across - 1)))
                reaching |= dict.fromkeys(range(len(texts), len(texts) + across), number + down)
            texts += [cell_text(cell), *[""] * (across - 1)]
        budget -= len(texts) + 1
        if budget < 0:
            raise ParserLimit(f"a table has more than {_MAX_CELLS:,} cells")
        grid.append(texts)
    width = max((end[1] + 1 for _, end in merged), default=0)
    grid = [row + [""] * (width - len(row)) for row in grid]
    for start, end in merged:
        spread(grid, start, end)
    return grid


def cell_text(cell: Element) -> str:
    """All text of a cell in one line; a table within reads row by row."""
    return one_line("".join(_pieces(cell)))


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag not in _NOT_SHOWN:
            apart = " " if child.tag in _PARTED else ""
            yield apart
            yield from _pieces(child)
            yield apart
        yield child.tail or ""


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in _SECTIONS:
            yield from (row for row in child if row.tag == "tr")


def _cells(row: Element) -> Iterator[Element]:
    return (cell for cell in row if cell.tag in _CELLS)


def _span(cell: Element, name: str) -> int:
    stated = cell.get(name, "")
    return min(max(1, int(stated)), _MAX_SPAN) if stated.isdecimal() and len(stated) < 9 else 1
