"""Headers, footers and page numbers: lines that stand at the same place of many pages."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ragstone_ingestion.parsers.pdf.layout import Flow
from ragstone_ingestion.parsers.pdf.lines import PageLine

_EDGE = 0.12
_NUMBER = re.compile(r"\d+")
_NUMBER_ALONE = re.compile(r"\W*(?:\d+|[ivxlc]+)\W*")
_SENTENCE = re.compile(r"(?:\S+\s+){4,}\S+[.!?]")
_BANDS = 40
Key = tuple[str, int]


def without_furniture(pages: Sequence[list[Flow]]) -> list[list[Flow]]:
    """The pages without the lines that repeat near their upper and lower edges.

    A number may differ if it counts the pages. A page that would have nothing left stays as it is.
    """
    counts: Counter[Key] = Counter()
    for number, page in enumerate(pages, 1):
        counts.update({key for item in page for key in _keys(item, number)})
    needed = max(2, min(3, len(pages) / 2))
    repeated = {key for key, count in counts.items() if count >= needed}
    return [_content(page, number, repeated) or page for number, page in enumerate(pages, 1)]


def _content(page: list[Flow], number: int, repeated: set[Key]) -> list[Flow]:
    return [item for item in page if repeated.isdisjoint(_keys(item, number))]


def _keys(item: Flow, page: int) -> Iterator[Key]:
    """What the line says, and the band of the page it stands in; again with each number told by its distance to the
    page's own. A sentence whose numbers differ is content, wherever it stands."""
    if not isinstance(item, PageLine):
        return
    middle = (item.box.y0 + item.box.y1) / 2
    if _EDGE < middle < 1 - _EDGE:
        return
    text, band = item.text.lower(), int(middle * _BANDS)
    yield text, band
    if _NUMBER_ALONE.fullmatch(text):
        yield "#", band
    elif not _SENTENCE.fullmatch(text):
        for found in _NUMBER.finditer(text):
            yield f"{text[: found.start()]}#{int(found.group()) - page}{text[found.end() :]}", band
