"""Dates as people write them, in the languages whose months are known here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = """
jan january januar janvier enero gennaio janeiro januari jän jänner
feb february februar février febrero febbraio fevereiro februari
mar march märz mars marzo março maart mär
apr april avril abril aprile
may mai mayo maggio maio mei
jun june juni juin junio giugno junho
jul july juli juillet julio luglio julho
aug august août agosto augustus
sep sept september septembre septiembre settembre setembro
oct october oktober octobre octubre ottobre outubro okt
nov november novembre noviembre novembro
dec december dezember décembre diciembre dicembre dezembro dez
"""
MONTHS = {name: number for number, names in enumerate(_MONTHS.strip().splitlines(), start=1) for name in names.split()}
FIRST_YEAR, LAST_YEAR = 1950, 2100
_DATE = re.compile(
    r"(?<!\d)(?:"
    r"(?P<iso>(?:19|20)\d\d)(?P<mark>[-/.])(?P<isom>\d\d)(?P=mark)(?P<isod>\d\d)(?!\d)"
    r"|(?P<cy>(?:19|20)\d\d)\s?年\s?(?P<cm>\d{1,2})\s?月\s?(?P<cd>\d{1,2})\s?日"
    r"|(?P<d1>\d{1,2})(?:st|nd|rd|th|\.|er|º)?[ -](?:de |of )?(?P<m1>[^\W\d_]{3,10})\.?,?[ -](?:de )?"
    r"(?P<y1>(?:19|20)\d\d)(?!\d)"
    r"|(?P<da>\d{1,2})\. ?(?P<dm>\d{1,2})\. ?(?P<dy>(?:19|20)\d\d)(?!\d)"
    r"|(?P<s1>\d{1,2})/(?P<s2>\d{1,2})/(?P<sy>(?:19|20)\d\d)(?!\d)"
    r")|\b(?P<m2>[^\W\d_]{3,10})\.? (?P<d2>\d{1,2})(?:st|nd|rd|th)?,? (?P<y2>(?:19|20)\d\d)(?!\d)"
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class FoundDate:
    day: date
    start: int
    end: int


def dates_in(text: str) -> Iterator[FoundDate]:
    """Every date with day, month and year. A date such as 03/04/2023, which may be two days, is left out."""
    for match in _DATE.finditer(text):
        parts = _parts(match)
        day = _day(*parts) if parts else None
        if day:
            yield FoundDate(day, match.start(), match.end())


def date_at(text: str, start: int, slack: int = 4) -> FoundDate | None:
    """The date that begins at ``start`` or at most ``slack`` characters later."""
    found = next(dates_in(text[start : start + 48]), None)
    if found is None or found.start > slack:
        return None
    return FoundDate(found.day, found.start + start, found.end + start)


def compact_date(text: str) -> FoundDate | None:
    """A date of eight digits, as file names and PDF properties carry it."""
    match = _COMPACT.search(text)
    day = _day(*(int(part) for part in match.groups())) if match else None
    return FoundDate(day, match.start(), match.end()) if match and day else None


def _parts(match: re.Match[str]) -> tuple[int, int, int] | None:
    """Year, month and day."""
    group = match.groupdict()
    for year, month, day in (("iso", "isom", "isod"), ("cy", "cm", "cd"), ("dy", "dm", "da")):
        if group[year]:
            return int(group[year]), int(group[month]), int(group[day])
    for year, month, day in (("y1", "m1", "d1"), ("y2", "m2", "d2")):
        if group[year]:
            number = MONTHS.get(group[month].lower())
            return (int(group[year]), number, int(group[day])) if number else None
    return _unambiguous(int(group["sy"]), int(group["s1"]), int(group["s2"]))


def _unambiguous(year: int, first: int, second: int) -> tuple[int, int, int] | None:
    if first > 12 or first == second:
        return year, second, first
    return (year, first, second) if second > 12 else None


def _day(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
