"""What organisations are called: in full, by their first words, by their initials."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ragstone_contracts.metadata import LEGAL_FORMS, organisation_key
from ragstone_retrieval.inferring.question import key_words

_GENERIC_WORDS = """
advanced allied american applied associated atlantic bank bayerische banco british canadian central china city
commercial community computer consolidated continental credit deutsche digital dutch eastern energy european federal
financial first french general german global great group health home indian industrial insurance international
investment japan korea life london medical mutual national new nippon nordic north northern one open pacific power
public real red royal scientific security service services simply smart social societe south southern standard state
sun super swiss systems technology texas total trans trust union united universal us usa virginia water west western
world
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
"""First words that many organisations share: by themselves they name none."""
_COMMON_CAPITALS = "AI CEO CFO CTO EU HR ID IP IPO IT ML OK PC PR QA SEC TV UK UN US USA"
_ABBREVIATIONS = frozenset(_COMMON_CAPITALS.split())
"""Capitals that mean something else more often than a company with these initials."""
_BRACKETED = re.compile(r"\s*[(\[]\s*([^()\[\]]{1,40})\s*[)\]]")
_DOMAIN = re.compile(r"(?<=\w{3})\.(?:com|net|org|io)\b", re.IGNORECASE)
_LEAST_INITIALS = 2

Fields = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class NameBook:
    """``full`` holds whole names, ``first`` their beginnings, ``initials`` what stands for them in capitals.

    Each leads to the keys of the organisations meant, and a key in ``fields`` to the values by which it is filtered.
    """

    full: Mapping[str, set[str]]
    first: Mapping[str, set[str]]
    initials: Mapping[str, set[str]]
    fields: Mapping[str, Fields]

    @classmethod
    def of(cls, values: Mapping[str, Iterable[str]]) -> "NameBook":
        """From the values of each field that names organisations."""
        full, first, initials = (defaultdict[str, set[str]](set) for _ in range(3))
        for name in {name for held in values.values() for name in held}:
            key = organisation_key(name)
            if not key:
                continue
            full[key].add(key)
            for bare in _spellings(name):
                words = _without_form(key_words(bare))
                full["".join(words)].add(key)
                for beginning in _beginnings(words):
                    first[beginning].add(key)
                for letters in _initials(words):
                    initials[letters].add(key)
            for inside in _BRACKETED.findall(name):
                (initials if inside.isupper() else full)[inside if inside.isupper() else organisation_key(inside)].add(
                    key
                )
        for book in (full, first, initials):
            book.pop("", None)
        return cls(full, first, initials, _fields_by_key(values))


def _spellings(name: str) -> Iterator[str]:
    """Also without what stands in brackets, and "Acme" for "Acme.com"."""
    yield name
    if (bare := _DOMAIN.sub("", _BRACKETED.sub("", name))) != name and bare.strip():
        yield bare


def _without_form(words: tuple[str, ...]) -> tuple[str, ...]:
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words = words[:-1]
    return words


def _beginnings(words: tuple[str, ...]) -> Iterator[str]:
    """Of "Goldman Sachs Group": "goldman", "goldmansachs"; not "general" of "General Motors"."""
    for count in range(1, len(words)):
        if count > 1 or (words[0] not in _GENERIC and len(words[0]) > 2 and not words[0].isdigit()):
            yield "".join(words[:count])


def _initials(words: tuple[str, ...]) -> Iterator[str]:
    letters = "".join(word[0] for word in words).upper()
    if len(words) >= _LEAST_INITIALS and letters not in _ABBREVIATIONS:
        yield letters


def _fields_by_key(values: Mapping[str, Iterable[str]]) -> dict[str, Fields]:
    """The normalised name finds every document that the name as it is written finds, and more."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for field, held in values.items():
        for value in held:
            found[organisation_key(value)][field].append(value)
    return {key: {field: tuple(held) for field, held in _chosen(fields).items()} for key, fields in found.items()}


def _chosen(fields: Mapping[str, list[str]]) -> Mapping[str, list[str]]:
    return {
        field: held for field, held in fields.items() if field != "organisation" or "organisation_key" not in fields
    }
