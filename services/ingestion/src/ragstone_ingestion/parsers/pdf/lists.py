"""How deep the items of a list stand: by how far they are indented."""

from collections.abc import Sequence

from ragstone_contracts.documents import BlockKind
from ragstone_ingestion.parsers.pdf.paragraphs import Paragraph

_STEP = 0.8


def mark_depths(paragraphs: Sequence[Paragraph]) -> None:
    """Gives every list item its depth from 1; a list ends at a heading."""
    indents: list[float] = []
    for paragraph in paragraphs:
        if paragraph.kind is BlockKind.HEADING:
            indents = []
        elif paragraph.kind is BlockKind.LIST_ITEM:
            indent, step = paragraph.lines[0].indent, _STEP * paragraph.size
            while indents and indent < indents[-1] - step:
                indents.pop()
            if not indents or indent > indents[-1] + step:
                indents.append(indent)
            paragraph.level = len(indents)
