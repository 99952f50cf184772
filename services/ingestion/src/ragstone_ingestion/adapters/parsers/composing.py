"""From what a vendor saw on the pages to the canonical text and its blocks."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ragstone_contracts.documents import BlockKind, Box, ParsedDocument
from ragstone_ingestion.errors import ParserLimit
from ragstone_ingestion.parsers.canonical import CanonicalText, Line, clean, one_line, table_text

MAX_PAGE = 100_000
_MAX_CELLS = 1_000_000
_TITLES = (BlockKind.TITLE, BlockKind.HEADING)


@dataclass(frozen=True)
class Piece:
    """A line, or a row of a table, and where it stands if that is known."""

    text: str
    box: Box | None = None


@dataclass(frozen=True)
class Passage:
    """What becomes a block."""

    kind: BlockKind
    pieces: Sequence[Piece]
    page: int | None = None
    level: int | None = None


@dataclass(frozen=True)
class Span:
    """A piece at its range of the text that the vendor counts in."""

    start: int
    end: int
    piece: Piece


def compose(passages: Iterable[Passage], pages: int | None) -> ParsedDocument:
    """The document of the passages, page by page in the order given; blank ones are left out."""
    canonical, title = CanonicalText(), None
    for passage in _by_page(passages):
        pieces = [Piece(text, piece.box) for piece in passage.pieces if (text := _text(piece, passage.kind))]
        _add(canonical, passage, pieces)
        if title is None and pieces and passage.kind in _TITLES:
            title = " ".join(piece.text for piece in pieces)
    return canonical.document(title, pages)


def box_at(page: int, corners: Sequence[tuple[float, float]]) -> Box | None:
    """The box around ``corners``, given as fractions of the page; None when nothing of it is on the page."""
    numbers = [number for corner in corners for number in corner]
    if not numbers or not all(math.isfinite(number) for number in numbers):
        return None
    across, down = [_clamped(x) for x, _ in corners], [_clamped(y) for _, y in corners]
    box = Box(page=page, x0=min(across), y0=min(down), x1=max(across), y1=max(down))
    return box if box.x0 < box.x1 and box.y0 < box.y1 else None


def around(boxes: Iterable[Box | None]) -> Box | None:
    """The box around all that are known, when those are on one page."""
    known = [box for box in boxes if box is not None]
    if not known or any(box.page != known[0].page for box in known):
        return None
    return box_at(known[0].page, [corner for box in known for corner in ((box.x0, box.y0), (box.x1, box.y1))])


def pieces_within(start: int, end: int, whole: Piece, lines: Sequence[Span]) -> list[Piece]:
    """The lines that make up the passage ``whole``, which has that range; itself when they do not say the same.

    ``lines`` are in order of their starts.
    """
    first = bisect_left(lines, start, key=lambda line: line.start)
    inside = []
    for line in lines[first:]:
        if line.start >= end:
            break
        if line.end <= end:
            inside.append(line.piece)
    said = "".join("".join(piece.text for piece in inside).split())
    return inside if inside and said == "".join(whole.text.split()) else [whole]


def rows_of(cells: Iterable[tuple[int, int, Piece]]) -> list[Piece]:
    """The rows of a table whose cells are given as row, column and piece; both may begin anywhere and have gaps."""
    rows: dict[int, dict[int, Piece]] = {}
    for row, column, piece in cells:
        rows.setdefault(row, {})[column] = piece
    used = {column for row in rows.values() for column in row}
    columns = range(min(used, default=0), max(used, default=-1) + 1)
    if len(columns) * len(rows) > _MAX_CELLS:
        raise ParserLimit(f"a table has {len(rows):,} rows and {len(columns):,} columns")
    blank = Piece("")
    return [
        Piece(
            table_text([[row.get(column, blank).text for column in columns]]),
            around(piece.box for piece in row.values()),
        )
        for _, row in sorted(rows.items())
    ]


def _by_page(passages: Iterable[Passage]) -> list[Passage]:
    """In order of their pages; one without a page stays behind the one it followed."""
    placed, page = [], 0
    for passage in passages:
        boxes = [piece.box for piece in passage.pieces if piece.box is not None]
        page = (boxes[0].page if boxes else passage.page) or page
        placed.append((page, passage))
    return [passage for _, passage in sorted(placed, key=lambda one: one[0])]


def _add(canonical: CanonicalText, passage: Passage, pieces: Sequence[Piece]) -> None:
    joint = "\n" if passage.kind in (BlockKind.TABLE, BlockKind.CODE) else " "
    lines = [Line(piece.text, piece.box) for piece in pieces if piece.box is not None]
    if lines and len(lines) == len(pieces):
        canonical.add_lines(passage.kind, lines, [joint] * (len(lines) - 1), level=passage.level)
    else:
        text = joint.join(piece.text for piece in pieces)
        canonical.add(passage.kind, text, level=passage.level, page=passage.page)


def _text(piece: Piece, kind: BlockKind) -> str:
    if kind is BlockKind.CODE:
        return clean(piece.text).strip("\n").rstrip()
    if kind is BlockKind.TABLE:
        return clean(piece.text).strip()
    return one_line(piece.text)


def _clamped(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))
