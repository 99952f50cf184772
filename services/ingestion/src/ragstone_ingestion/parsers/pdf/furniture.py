"""Headers, footers and page numbers: lines that stand at the same place of many pages."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ragstone_ingestion.parsers.pdf.layout import Flow
from ragstone_ingestion.parsers.pdf.lines import PageLine

_EDGE = 0.12
_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")
_BANDS = 40
Key = tuple[str, int]


def without_furniture(pages: Sequence[list[Flow]]) -> list[list[Flow]]:
    """The pages without the lines that repeat near their upper and lower edges, whatever numbers these hold."""
    counts: Counter[Key] = Counter()
    for page in pages:
        counts.update({key for item in page for key in _keys(item)})
    needed = max(2, min(3, len(pages) / 2))
    repeated = {key for key, count in counts.items() if count >= needed}
    return [[item for item in page if not repeated.intersection(_keys(item))] for page in pages]


def _keys(item: Flow) -> Iterator[Key]:
    """What the line says with numbers blotted out, and the band of the page it stands in (or nearly does)."""
    if not isinstance(item, PageLine):
        return
    middle = (item.box.y0 + item.box.y1) / 2
    if _EDGE < middle < 1 - _EDGE:
        return
    text = _NUMBERS.sub("#", item.text.lower())
    band = int(middle * _BANDS)
    yield text, band
