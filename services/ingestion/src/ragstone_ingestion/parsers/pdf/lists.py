"""How deep the items of a list stand: by how far they are indented."""

from collections.abc import Sequence

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.parsers.pdf.lines import PageLine
from ragstone_ingestion.parsers.pdf.paragraphs import Paragraph

_STEP = 0.8


def mark_depths(paragraphs: Sequence[Paragraph]) -> None:
    """Gives every list item its depth from 1; a list ends at a heading and, as far as can be told, with its column."""
    begins: list[float] = []
    last: PageLine | None = None
    for paragraph in paragraphs:
        first = paragraph.lines[0]
        if paragraph.kind is BlockKind.HEADING or (last is not None and _is_in_another_column(last, first)):
            begins = []
        if paragraph.kind is BlockKind.LIST_ITEM:
            step = _STEP * first.size
            while begins and first.begin < begins[-1] - step:
                begins.pop()
            if not begins or first.begin > begins[-1] + step:
                begins.append(first.begin)
            paragraph.level = len(begins)
        last = paragraph.lines[-1]


def _is_in_another_column(last: PageLine, first: PageLine) -> bool:
    return first.box.page == last.box.page and first.y0 < last.y0
