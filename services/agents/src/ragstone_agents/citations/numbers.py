"""Numbers in text, as values with a unit, however they are written."""

import re
from dataclasses import dataclass
from decimal import Decimal

_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORD_VALUES = {word: value for value, word in enumerate(_UNITS.split())} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS.split())
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "bn": 10**9}
_LETTERS = {"k": 1000, "m": 10**6, "bn": 10**9}
_WORDS = "|".join(sorted(_WORD_VALUES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?<![\w.])(?P<currency>[$€£¥]|usd |eur |gbp )?\s?"
    r"(?:(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?:st|nd|rd|th)?"
    rf"|(?P<words>\b(?:{_WORDS})(?:[ -](?:{_WORDS}))?\b))"
    rf"(?P<letter>k|m|bn)?(?:\s?-?(?P<scale>{'|'.join(_SCALES)})\b)?"
    r"(?:\s?(?P<percent>%|percent\b|per cent\b|pct\b))?(?:\s?(?P<money>dollars?|usd|euros?|eur|pounds?|gbp)\b)?"
    r"(?![\w]|-[a-z]*\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_CURRENCIES = {
    "$": "$",
    "usd": "$",
    "dollar": "$",
    "€": "€",
    "eur": "€",
    "euro": "€",
    "£": "£",
    "gbp": "£",
    "pound": "£",
}


@dataclass(frozen=True)
class Number:
    """``text[start:end]`` of where it was found. ``unit`` is ``%``, a currency sign, ``year`` or empty."""

    text: str
    value: Decimal
    unit: str
    start: int
    end: int

    @property
    def key(self) -> tuple[Decimal, str]:
        return self.value, self.unit


def find_numbers(text: str) -> list[Number]:
    """The numbers of a text in order. A lone "one" is a pronoun more often than a number, and is left out."""
    found = []
    for match in _NUMBER.finditer(text):
        if match["words"] and match["words"].lower() == "one" and not (match["scale"] or match["percent"]):
            continue
        found.append(Number(match.group().strip(), _value(match).normalize(), _unit(match), *match.span()))
    return found


def _value(match: re.Match[str]) -> Decimal:
    if match["digits"]:
        value = Decimal(match["digits"].replace(",", ""))
    else:
        value = Decimal(sum(_WORD_VALUES[word] for word in re.split("[ -]", match["words"].lower())))
    value *= _LETTERS.get((match["letter"] or "").lower(), 1)
    return value * _SCALES.get((match["scale"] or "").lower(), 1)


def _unit(match: re.Match[str]) -> str:
    if match["percent"]:
        return "%"
    if _YEAR.fullmatch(match.group().strip()):
        return "year"
    name = (match["currency"] or match["money"] or "").strip().lower().rstrip("s")
    return _CURRENCIES.get(name, name)
