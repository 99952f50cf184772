"""Words for years, quarters, halves and months: what a short text states, all in lower case."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ragstone_ingestion.metadata.dates import FIRST_YEAR, LAST_YEAR, MONTHS

_Y = r"((?:19|20)\d\d)"
_SPAN = r"(?:\s?[/–-]\s?((?:20)?\d\d)(?![\d-]))?(?!\d)"
_FISCAL = re.compile(
    rf"\b(?:fiscal|financial)\s+(?:year\s+)?{_Y}{_SPAN}"
    rf"|\bfy[\s-]?'?((?:20)?\d\d){_SPAN}"
    rf"|\b(?:geschäftsjahre?s?|exercice|ejercicio|esercizio|boekjaar)\s+{_Y}{_SPAN}"
)
_YEAR = re.compile(rf"(?<![\d.,$€£/-]){_Y}{_SPAN}(?![%])(?!-\d\d)")
_QUARTER = re.compile(
    r"\bq([1-4])[\s,’'/-]*(?:of\s+)?(?:fy\s?|fiscal\s+(?:year\s+)?)?'?((?:20)?\d\d)(?!\d)"
    rf"|\b{_Y}[\s-]?q([1-4])\b"
    r"|\b([1-4])q[\s’'-]?((?:20)?\d\d)(?!\d)"
    rf"|\b(first|second|third|fourth)[\s-]quarter,?\s+(?:of\s+)?(?:the\s+)?(?:fiscal\s+)?(?:year\s+)?{_Y}(?!\d)"
    rf"|\b([1-4])\.\s?quartal\s+{_Y}(?!\d)"
)
_HALF = re.compile(
    rf"\bh([12])[\s’'/-]*(20\d\d)(?!\d)|\bh([12])[\s/-]?['’ ](\d\d)(?!\d)|\b{_Y}[\s-]?h([12])\b"
    rf"|\b(first|second)[\s-]half\s+(?:of\s+)?(?:the\s+)?(?:fiscal\s+)?(?:year\s+)?{_Y}(?!\d)"
    rf"|\b([12])\.\s?halbjahr\s+{_Y}(?!\d)"
)
_MONTH = re.compile(
    rf"(?<!\d )(?<!\d\. )\b([^\W\d_]{{3,10}})\.? {_Y}(?!\d)|(?<!\d){_Y}[ -](0[1-9]|1[0-2])(?![\d-]| \d)"
)
_NUMBERS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class Stated:
    """A year, and with it a quarter, half or month as ``period`` where one is stated; where it stands."""

    year: int
    period: str | None
    span: tuple[int, int]


def fiscal_years(text: str) -> Iterator[Stated]:
    """Years named as fiscal: "fiscal 2022", "FY22", "Geschäftsjahr 2021/22" (the year in which it ends)."""
    for match in _FISCAL.finditer(text):
        first, last = [*_groups(match), None][:2]
        assert first is not None
        yield from _stated(_last_year(first, last), None, match)


def years(text: str) -> Iterator[Stated]:
    """Years standing by themselves, not as part of a date or an amount."""
    for match in _YEAR.finditer(text):
        yield from _stated(_last_year(match.group(1), match.group(2)), None, match)


def quarters(text: str) -> Iterator[Stated]:
    yield from _parts(_QUARTER, "Q", text)


def halves(text: str) -> Iterator[Stated]:
    yield from _parts(_HALF, "H", text)


def months(text: str) -> Iterator[Stated]:
    """Months with a year and no day: "May 2023", "2023-05"."""
    for match in _MONTH.finditer(text):
        word, year, iso_year, iso_month = match.groups()
        number = MONTHS.get(word) if word else int(iso_month)
        if number:
            year = int(year or iso_year)
            yield from _stated(year, f"{year}-{number:02}", match)


def only(stated: Iterator[Stated]) -> Stated | None:
    """The first, when all say the same; a text that states several states none."""
    found = list(stated)
    return found[0] if len({(one.year, one.period) for one in found}) == 1 else None


def _parts(pattern: re.Pattern[str], letter: str, text: str) -> Iterator[Stated]:
    for match in pattern.finditer(text):
        first, second = (group for group in match.groups() if group is not None)
        # All alternatives but one put the year last; that one has four digits first.
        part, year = (second, first) if first.isdigit() and len(first) > 1 else (first, second)
        full = _full(year)
        yield from _stated(full, f"{full}-{letter}{_NUMBERS.get(part) or int(part)}", match)


def _groups(match: re.Match[str]) -> list[str | None]:
    return [group for group in match.groups() if group is not None]


def _last_year(first: str, last: str | None) -> int:
    year = _full(first)
    if last is None:
        return year
    end = int(last) if len(last) == 4 else year // 100 * 100 + int(last)
    return end if end == year + 1 else year


def _full(year: str) -> int:
    return int(year) + (_CENTURY if len(year) == 2 else 0)


def _stated(year: int, period: str | None, match: re.Match[str]) -> Iterator[Stated]:
    if FIRST_YEAR <= year <= LAST_YEAR:
        yield Stated(year, period, match.span())
