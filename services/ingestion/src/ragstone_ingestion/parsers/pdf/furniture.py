"""Headers, footers, page numbers and stamps: lines that stand at the same place of many pages."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ragstone_ingestion.parsers.pdf.layout import Flow
from ragstone_ingestion.parsers.pdf.lines import PageLine

_EDGE = 0.15
_OUTER_EDGE = 0.1
_NUMBER = re.compile(r"\d+")
_NUMBER_ALONE = re.compile(r"\W*(?:\d{1,4}|[ivxlc]{1,7})\W*")
_PAGE_OF = re.compile(
    r"\W*(?:page|p\.|seite|página|pagina|стр\.?|sivu|sida|side)\s*(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|/|von|de|di|из)\s*\d{1,4})?\W*"
    r"|\W*\d{1,4}\s*(?:/|of|von|de|di)\s*\d{1,4}\W*",
    re.IGNORECASE,
)
_AT_AN_END = re.compile(
    r"^(?P<first>\d{1,4}|[ivxlc]{1,7})\s+(?P<after>\D.*)|(?P<before>.*\D)\s+(?P<last>\d{1,4}|[ivxlc]{1,7})$"
)
_SENTENCE = re.compile(r"(?:\S+\s+){4,}\S+[.!?]")
_BANDS = 40
_SIDEWAYS = -1
_MIN_NUMBERED = 3
_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
Key = tuple[str, int]


def without_furniture(pages: Sequence[list[Flow]]) -> list[list[Flow]]:
    """The pages without the lines that repeat near their upper and lower edges, and without stamps along their sides.

    A number may differ if it counts the pages. A page that would have nothing left stays as it is.
    """
    counts: Counter[Key] = Counter()
    for number, page in enumerate(pages, 1):
        counts.update({key for item in page for key in _keys(item, number)})
    needed = max(2, min(3, len(pages) / 2))
    repeated = {key for key, count in counts.items() if count >= needed} | _numbered(pages)
    return [_content(page, number, repeated) or page for number, page in enumerate(pages, 1)]


def _content(page: list[Flow], number: int, repeated: set[Key]) -> list[Flow]:
    lowest = max((item.y1 for item in page if isinstance(item, PageLine)), default=0.0)
    return [
        item
        for item in page
        if repeated.isdisjoint(_keys(item, number))
        and not (isinstance(item, PageLine) and _is_page_number(item, lowest))
    ]


def _is_page_number(line: PageLine, lowest: float) -> bool:
    """Whether a line can be nothing else, even where no other page shows it."""
    middle = _middle(line)
    if _PAGE_OF.fullmatch(line.text):
        return not _EDGE < middle < 1 - _EDGE
    return middle > 1 - _EDGE and line.y1 >= lowest and bool(_NUMBER_ALONE.fullmatch(line.text))


def _keys(item: Flow, page: int) -> Iterator[Key]:
    """What the line says, and the band of the page it stands in; again with each number told by its distance to the
    page's own. A sentence whose numbers differ is content, wherever it stands."""
    if not isinstance(item, PageLine):
        return
    text = item.text.lower()
    if item.sideways:
        yield text, _SIDEWAYS
        return
    middle = _middle(item)
    if _EDGE < middle < 1 - _EDGE:
        return
    band = int(middle * _BANDS)
    yield text, band
    if _NUMBER_ALONE.fullmatch(text):
        yield "#", band
    elif not _SENTENCE.fullmatch(text):
        for found in _NUMBER.finditer(text):
            yield f"{text[: found.start()]}#{int(found.group()) - page}{text[found.end() :]}", band
        if numbered := _number_at_an_end(item):
            yield numbered[0], band


def _numbered(pages: Sequence[list[Flow]]) -> set[Key]:
    """Running heads with a page number at an end that rises from page to page, if not by one: pages may be missing."""
    found: defaultdict[Key, dict[int, int]] = defaultdict(dict)
    for page, items in enumerate(pages, 1):
        for item in items:
            if isinstance(item, PageLine) and (numbered := _number_at_an_end(item)):
                found[numbered[0], int(_middle(item) * _BANDS)][page] = numbered[1]
    return {key for key, numbers in found.items() if len(numbers) >= _MIN_NUMBERED and _rises(list(numbers.values()))}


def _number_at_an_end(line: PageLine) -> tuple[str, int] | None:
    """The line with its first or last word as a number left open, and that number; near an edge of the page only."""
    match = _AT_AN_END.fullmatch(line.text.lower())
    if match is None or line.sideways or _OUTER_EDGE < _middle(line) < 1 - _OUTER_EDGE:
        return None
    number = match["first"] or match["last"]
    return (f"## {match['after']}" if match["first"] else f"{match['before']} ##"), _value(number)


def _value(number: str) -> int:
    if number.isdigit():
        return int(number)
    values = [_VALUES[letter] for letter in number]
    return sum(-one if one < following else one for one, following in pairwise([*values, 0]))


def _rises(numbers: Sequence[int]) -> bool:
    return all(earlier < later for earlier, later in pairwise(numbers))


def _middle(line: PageLine) -> float:
    return (line.box.y0 + line.box.y1) / 2
