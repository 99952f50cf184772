"""Where ranges of the canonical text stand on the pages."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from ragstone_contracts.documents import Block, Box, ParsedDocument, RangeLocation


def locate(document: ParsedDocument, ranges: Sequence[tuple[int, int]]) -> list[RangeLocation]:
    """For each range its text, the page where it begins, and a box for every line it touches; in order.

    Ranges are clipped to the text. Text of formats without lines has no boxes, and without pages no page.
    """
    starts = [block.start for block in document.blocks]
    return [_locate(document, starts, start, end) for start, end in ranges]


def page_at(block: Block, position: int) -> int | None:
    """The page of a position in a block, which may run over several."""
    line = bisect_right(block.box_starts, position) - 1
    return block.boxes[line].page if 0 <= line < len(block.boxes) else block.page


def _locate(document: ParsedDocument, starts: Sequence[int], start: int, end: int) -> RangeLocation:
    start, end = max(start, 0), min(end, len(document.text))
    first = max(bisect_right(starts, start) - 1, 0)
    touched = []
    for block in document.blocks[first:]:
        if block.start >= end:
            break
        if _has_text(document.text, max(start, block.start), min(end, block.end)):
            touched.append(block)
    page = page_at(touched[0], max(start, touched[0].start)) if touched else None
    boxes = [box for block in touched for box in _boxes(document.text, block, start, end)]
    return RangeLocation(text=document.text[start:end], page=page, boxes=boxes)


def _boxes(text: str, block: Block, start: int, end: int) -> Iterator[Box]:
    ends = [*block.box_starts[1:], block.end]
    for box, line_start, line_end in zip(block.boxes, block.box_starts, ends, strict=False):
        if _has_text(text, max(start, line_start), min(end, line_end)):
            yield box


def _has_text(text: str, start: int, end: int) -> bool:
    return start < end and not text[start:end].isspace()
