"""Structured personal data: what a pattern finds and a checksum, range or neighbouring word confirms."""

# ruff: noqa: E501  (a pattern is read best on one line)

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ragstone_contracts.guards import Stage, VerdictKind
from ragstone_guardrails.checksums import is_card_number, is_iban, is_ip_address, is_ssn, passes_luhn
from ragstone_guardrails.port import Objection, Subject, off_the_loop

Candidate = re.Match[str]

_CALL = re.compile(
    r"(?i)\b(phone|call|tel|telephone|fax|mobile|cell|contact|reach|number|whatsapp|sms|text|ring|dial|answering|office)\b"
)
_LABEL = re.compile(r"(?i)\s?[-(,]?\s?(?:office|fax|mobile|cell|home|work|phone|tel)\b")
_CARD = re.compile(r"(?i)\bcards?\b")
_INTERNATIONAL = re.compile(r"\+[1-9]")
_NATIONAL = re.compile(
    r"(?:1[ .-])?\(?[2-9]\d\d\)?[ .-]?[2-9]\d\d[.-]\d{4}(?:x\d+)?"
    r"|\(\d{2,5}\)[ -]?\d[\d -]{4,9}\d(?:x\d+)?"
    r"|0\d{2,4}[ -]\d{3,4}[ -]\d{3,4}|0\d(?:[ .-]\d\d){4}|0\d{2,3}(?:[ .-]\d\d){3,4}"
)
_DATE = re.compile(r"(?:19|20)\d\d[-. /]\d{1,2}[-. /]\d{1,2}|\d{1,2}[-. /]\d{1,2}[-. /](?:19|20)\d\d")


def _before(match: Candidate, characters: int = 40) -> str:
    return match.string[max(0, match.start() - characters) : match.start()]


def _is_phone(match: Candidate) -> bool:
    """International or national notation as it stands; any other grouping only after a word such as "call"."""
    text = match.group()
    digits = len(re.sub(r"\D", "", text.partition("x")[0]))
    if not 7 <= digits <= 15 or _DATE.fullmatch(text) or is_card_number(text) or is_ip_address(text):
        return False
    if _INTERNATIONAL.match(text) or _NATIONAL.fullmatch(text):
        return True
    return bool(_CALL.search(_before(match)) or _LABEL.match(match.string, match.end()))


def _is_card(match: Candidate) -> bool:
    """A number of a known network; of any other one, the word "card" must stand before it."""
    text = match.group()
    return is_card_number(text) or (passes_luhn(re.sub(r"\D", "", text)) and bool(_CARD.search(_before(match))))


def _is_plain_ssn(match: Candidate) -> bool:
    spaced = not match.group().isdigit()
    return is_ssn(match.group()) and (spaced or bool(re.search(r"(?i)\b(ssn|social security)\b", _before(match))))


def _is_address(match: Candidate) -> bool:
    version = re.search(r"(?i)\b(version|release|build|section|v)\.?\s*$", _before(match, 12))
    return is_ip_address(match.group()) and version is None


@dataclass(frozen=True)
class _Kind:
    reason: str
    pattern: re.Pattern[str]
    score: float
    holds: Callable[[Candidate], bool] = lambda _: True


_KINDS = [
    _Kind("email_address", re.compile(r"(?i)(?<![\w.+-])[a-z0-9][\w.+-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b"), 0.99),
    _Kind("iban", re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"), 0.99, lambda m: is_iban(m.group())),
    _Kind("credit_card", re.compile(r"(?<![\d.-])\d(?:[ -]?\d){11,18}(?![\d-])"), 0.95, _is_card),
    _Kind("us_ssn", re.compile(r"(?<![\d-])\d{3}([- ]?)\d{2}\1\d{4}(?![\d-])"), 0.9, _is_plain_ssn),
    _Kind("ip_address", re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"), 0.9, _is_address),
    _Kind("ip_address", re.compile(r"(?i)(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}(?![\w:])"), 0.9, _is_address),
    _Kind("mac_address", re.compile(r"(?i)(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![\w:-])"), 0.9),
    _Kind("phone_number", re.compile(r"(?<![\w.+/-])(?:\+\s?)?\(?\d(?:[ .()/-]{0,2}\d){5,14}(?:\s?(?:x|ext\.?\s?)\d{1,6})?(?![\w-]|\.\d)"), 0.7, _is_phone),
]  # fmt: skip


def _matches(kinds: list[_Kind], text: str) -> Iterator[tuple[_Kind, Candidate]]:
    taken: list[tuple[int, int]] = []
    for kind in kinds:
        for match in kind.pattern.finditer(text):
            if kind.holds(match) and not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                yield kind, match


def _search(subject: Subject) -> list[Objection]:
    found = []
    for kind, match in _matches(_KINDS, subject.visible.text):
        start, end = subject.visible.original(*match.span())
        found.append(Objection(kind.reason, start, end, kind.score, f"[{kind.reason}]"))
    return sorted(found, key=lambda one: one.start)


class PiiGuard:
    """Reports personal data; whether it is masked too is a setting, for documents are full of it by right."""

    name = "pii"
    actions: Mapping[Stage, VerdictKind] = {
        "input": "allow",
        "tool-in": "allow",
        "tool-out": "allow",
        "output": "allow",
    }

    async def check(self, subject: Subject) -> list[Objection]:
        return await off_the_loop(_search, subject)
