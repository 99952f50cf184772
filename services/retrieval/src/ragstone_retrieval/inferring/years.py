"""Years and periods in a question, as values that the collection has."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ragstone_index import Scalar
from ragstone_retrieval.inferring.lexicon import Lexicon
from ragstone_retrieval.inferring.question import Question
from ragstone_retrieval.inferring.reading import Reading

_Y = r"((?:19|20)\d\d)(?!\d)"
_F = r"(?:(?:the\s+)?(?:fiscal|financial)\s+(?:years?\s+)?|fy\s?|years?\s+)?"
_RANGE = re.compile(
    rf"\bbetween\s+{_F}{_Y}\s+and\s+{_F}{_Y}|\bfrom\s+{_F}{_Y}\s+(?:to|through|until|till)\s+{_F}{_Y}"
    rf"|(?<![\d.,$€£/-]){_Y}\s?(?:-|–|—|to|through)\s?{_F}{_Y}"
)
_OPEN = re.compile(rf"\b(since|after|before|prior to|until|up to|as from|from)\s+{_F}{_Y}(\s+on(?:wards?)?\b)?")
_SPLIT = re.compile(rf"(?<![\d.,$€£/-])(?:fy\s?)?{_Y}\s?[/–-]\s?((?:20)?\d\d)(?![\d-])")
_FISCAL = re.compile(rf"\b(?:fiscal|financial)\s+(?:years?\s+)?{_Y}|\b(?:fy|fiscal)[\s-]?['’]?((?:20)?\d\d)(?!\d)")
_PLAIN = re.compile(rf"(?<![\d.,$€£/#-]){_Y}(?![%.,]\d|%|-\d)")
_ANCHOR = re.compile(
    rf"\b(?:as (?:of|at)|today is|it is(?: now)?|now in|written in|asked (?:in|on))\s+[^.?!;]{{0,25}}?{_Y}"
)
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_BACK = re.compile(
    rf"\b(?:last|past|previous|prior|preceding)\s+(?:(\d{{1,2}}|{'|'.join(_NUMBERS)})\s+)?(?:fiscal\s+|financial\s+)?years?\b"
)
_THIS = re.compile(r"\b(?:this|the current)\s+(?:fiscal\s+|financial\s+)?year\b")
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
_OF = r"(?:\s*,?\s*(?:of\s+)?(?:the\s+)?(?:fiscal\s+|financial\s+)?(?:year\s+)?(?:fy\s?)?['’]?((?:20)?\d\d)(?!\d))?"
_QUARTER = re.compile(
    rf"\bq([1-4])\b{_OF}|\b(first|second|third|fourth)[\s-]quarter\b{_OF}|\b([1-4])q['’]?(\d\d(?:\d\d)?)\b"
)
_HALF = re.compile(rf"\bh([12])\b{_OF}|\b(first|second)[\s-]half\b{_OF}")
_MONTH_NAMES = "january february march april may june july august september october november december"
_MONTHS = _MONTH_NAMES.split()
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\s+(?:of\s+)?{_Y}")
_EXPLICIT, _USUAL, _LOOSE = 0.95, 0.85, 0.8
_CENTURY = 2000


@dataclass(frozen=True)
class _Named:
    """Years from the first to the last that a part of the question names."""

    first: int
    last: int
    start: int
    end: int
    certainty: float


def years_of(question: Question, lexicon: Lexicon, taken: Iterable[tuple[int, int]]) -> Iterator[Reading]:
    """Readings of the collection's own years; parts of the question that are ``taken`` were read as something else."""
    if not lexicon.years:
        return
    spans = list(taken)
    for named in _named(question):
        overlaps = any(named.start < end and start < named.end for start, end in spans)
        if overlaps or question.is_excluded(named.start):
            continue
        spans.append((named.start, named.end))
        accepted: dict[str, list[Scalar]] = defaultdict(list)
        for year, held in lexicon.years.items():
            if named.first <= year <= named.last:
                for field, value in held:
                    accepted[field].append(value)
        if accepted:
            values = {field: tuple(sorted(held, key=str)) for field, held in accepted.items()}
            yield Reading("year", values, named.start, named.end, named.certainty)


def _named(question: Question) -> Iterator[_Named]:
    """The surest way to read a part comes first."""
    text = question.lower
    yield from _relative(question)
    for match in _RANGE.finditer(text):
        first, last = sorted(int(year) for year in match.groups() if year)
        yield _Named(first, last, *match.span(), _EXPLICIT)
    for match in _SPLIT.finditer(text):
        if (year := _ends_in(int(match.group(1)), match.group(2))) is not None:
            yield _Named(year, year, *match.span(), _EXPLICIT)
    for match in _OPEN.finditer(text):
        if match.group(1) != "from" or match.group(3):
            yield _Named(*_open_range(match.group(1), int(match.group(2))), *match.span(), _USUAL)
    for match in _FISCAL.finditer(text):
        year = _full(match.group(1) or match.group(2))
        yield _Named(year, year, *match.span(), _EXPLICIT)
    for match in _PLAIN.finditer(text):
        yield _Named(int(match.group(1)), int(match.group(1)), *match.span(), _USUAL)


def _relative(question: Question) -> Iterator[_Named]:
    """ "Last year" as seen from a date that the question or the request names; without one it is no year."""
    stated = _ANCHOR.search(question.lower)
    now = int(stated.group(1)) if stated else question.year
    back, this = _BACK.search(question.lower), _THIS.search(question.lower)
    if now is None or not (back or this):
        return
    if back:
        count = back.group(1) or "1"
        yield _Named(now - (_NUMBERS.get(count) or int(count)), now - 1, *back.span(), _LOOSE)
    elif this:
        yield _Named(now, now, *this.span(), _LOOSE)
    if stated:  # what is only the date of asking is not asked for
        yield _Named(0, 0, *stated.span(), 0)


def _open_range(word: str, year: int) -> tuple[int, int]:
    if word in ("since", "from", "as from"):
        return year, 9999
    if word == "after":
        return year + 1, 9999
    return 0, year if word in ("until", "up to") else year - 1


def _ends_in(year: int, end: str) -> int | None:
    """2021/22 is the year that ends in 2022."""
    last = int(end) if len(end) == 4 else year // 100 * 100 + int(end)
    return last if last == year + 1 else None


def _full(year: str) -> int:
    return int(year) + (_CENTURY if len(year) == 2 else 0)


def periods_of(question: Question, lexicon: Lexicon) -> Iterator[Reading]:
    """Quarters, halves and months that documents of the collection are about."""
    known = lexicon.texts("period")
    if not known:
        return
    for letter, pattern in (("Q", _QUARTER), ("H", _HALF)):
        for match in pattern.finditer(question.lower):
            part, year = [*(group for group in match.groups() if group), None][:2]
            number = _ORDINALS.get(str(part)) or int(str(part))
            wanted = f"-{letter}{number}" if year is None else f"{_full(year)}-{letter}{number}"
            yield from _period(question, match, [one for one in known if one.endswith(wanted)], year is not None)
    for match in _MONTH.finditer(question.lower):
        month = f"{match.group(2)}-{_MONTHS.index(match.group(1)) + 1:02}"
        yield from _period(question, match, [one for one in known if one == month], True)


def _period(question: Question, match: re.Match[str], values: list[str], has_year: bool) -> Iterator[Reading]:
    if values and not question.is_excluded(match.start()):
        certainty = _EXPLICIT if has_year else _LOOSE
        yield Reading("period", {"period": tuple(values)}, match.start(), match.end(), certainty)
