"""The pieces of OpenDocument content: the text of a paragraph, the cells of a table, what styles say."""

from collections.abc import Iterator

from ragstone_ingestion.errors import ParserLimit
from ragstone_ingestion.parsers.grids import Grid, Position, spread
from ragstone_ingestion.parsers.xml import Element, attribute, local_name

_MAX_SPACES = 1000
_MAX_CELLS = 5_000_000
_MAX_COLUMNS = 16_384
_MAX_REPEATED_ROWS = 1_048_576
_NOT_INLINE = {"annotation", "annotation-end", "ruby-text", "frame", "custom-shape", "g", "note"}


class Styles:
    """What the styles of a document's two style sheets mean for its structure."""

    def __init__(self, content: Element, styles: Element | None) -> None:
        self._parents: dict[str, str] = {}
        self._numbered: dict[str, set[int]] = {}
        self._hidden: set[str] = set()
        for root in (content, styles):
            for element in [] if root is None else root.iter():
                self._learn(element)

    def _learn(self, element: Element) -> None:
        kind, name = local_name(element), attribute(element, "name") or ""
        if kind == "style":
            self._parents[name] = attribute(element, "parent-style-name") or ""
            if any(attribute(child, "display") == "false" for child in element):
                self._hidden.add(name)
        elif kind == "list-style":
            levels = (
                attribute(child, "level") or "" for child in element if local_name(child).endswith("style-number")
            )
            self._numbered[name] = {int(level) for level in levels if level.isdigit()}

    def of_paragraph(self, element: Element) -> str:
        """The common style behind a paragraph's own one."""
        style = attribute(element, "style-name") or ""
        return style if style not in self._parents else self._parents[style] or style

    def is_numbered(self, style: str | None, depth: int) -> bool:
        return depth in self._numbered.get(style or "", ())

    def is_hidden(self, table: Element) -> bool:
        return (attribute(table, "style-name") or "") in self._hidden


def paragraph_text(element: Element) -> str:
    """What a paragraph says; its footnotes stand behind it in parentheses, and frames in it are no text of its own."""
    notes = [" ".join(_inline(body)) for body in element.iter() if local_name(body) == "note-body"]
    text = "".join(_inline_pieces(element))
    return text + "".join(f" ({' '.join(note.split())})" for note in notes if note.strip())


def _inline(element: Element) -> Iterator[str]:
    return ("".join(_inline_pieces(one)) for one in element.iter() if local_name(one) in ("p", "h"))


def _inline_pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        name = local_name(child)
        if name == "s":
            yield " " * _count(child, "c", _MAX_SPACES)
        elif name in ("tab", "line-break"):
            yield "\t" if name == "tab" else "\n"
        elif name not in _NOT_INLINE:
            yield from _inline_pieces(child)
        yield child.tail or ""


def text_boxes(paragraph: Element) -> Iterator[Element]:
    """The outermost frames that are anchored in a paragraph."""
    for child in paragraph:
        if local_name(child) in ("frame", "custom-shape", "g"):
            yield child
        elif local_name(child) not in ("annotation", "note"):
            yield from text_boxes(child)


def table_grid(table: Element) -> Grid:
    """The cells' texts, merged ones spread; what is blank at the end of a row or of the table is left out."""
    grid: Grid = []
    merged: list[tuple[Position, Position]] = []
    cells = 0
    for row in _rows(table):
        texts, spans = _row(row)
        merged += [((len(grid), start), (len(grid) + down, end)) for start, end, down in spans]
        repeated = _count(row, "number-rows-repeated", _MAX_REPEATED_ROWS) if any(texts) else 1
        cells += repeated * (len(texts) + 1)
        if cells > _MAX_CELLS:
            raise ParserLimit(f"a table has more than {_MAX_CELLS:,} cells")
        grid += [list(texts) for _ in range(repeated)]
    width = max((end[1] + 1 for _, end in merged), default=0)
    grid = [row + [""] * (width - len(row)) for row in grid]
    for start, end in merged:
        spread(grid, start, end)
    return grid


def _rows(table: Element) -> Iterator[Element]:
    for child in table:
        if local_name(child) == "table-row":
            yield child
        elif local_name(child) in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(child)


def _row(row: Element) -> tuple[list[str], list[tuple[int, int, int]]]:
    """The texts, and for each merged cell its first and last column and how many rows it reaches down."""
    texts: list[str] = []
    spans, blanks = [], 0
    for cell in row:
        if local_name(cell) not in ("table-cell", "covered-table-cell"):
            continue
        text = " ".join(_inline(cell)) if local_name(cell) == "table-cell" else ""
        repeated = _count(cell, "number-columns-repeated", _MAX_COLUMNS)
        if not text.strip():
            blanks = min(blanks + repeated, _MAX_COLUMNS)
            continue
        texts += [""] * blanks
        blanks = 0
        across = _count(cell, "number-columns-spanned", _MAX_COLUMNS)
        down = _count(cell, "number-rows-spanned", _MAX_COLUMNS)
        if across > 1 or down > 1:
            spans.append((len(texts), len(texts) + across - 1, down - 1))
        texts += [text] * repeated
    return texts, spans


def _count(element: Element, name: str, most: int) -> int:
    stated = attribute(element, name) or ""
    return min(max(1, int(stated)), most) if stated.isdecimal() and len(stated) < 10 else 1
