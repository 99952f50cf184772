"""The values a collection has, laid out to be found in questions."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from ragstone_contracts.fields import CollectionFields, Field
from ragstone_index import Scalar
from ragstone_retrieval.fields import NEVER_NAMED
from ragstone_retrieval.inferring.names import NameBook
from ragstone_retrieval.inferring.question import LONGEST_PHRASE, key_words

YEARS = ("fiscal_year", "year", "fy")
ORGANISATIONS = ("organisation_key", "organisation", "organization", "company", "company_name", "issuer")
TICKERS = ("ticker", "symbol", "ticker_symbol")
_READ_ELSEWHERE = frozenset({*YEARS, *ORGANISATIONS, *TICKERS, "period", "document_type", "version", "section"})
_ENOUGH_TO_TELL = 20
_IDENTIFYING = 0.8


@dataclass(frozen=True)
class Lexicon:
    """``fields`` are what the caller may see of the collection, so nothing else can be found."""

    fields: CollectionFields

    @cached_property
    def _by_name(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.fields.fields}

    def share(self, name: str) -> float:
        """In what part of the documents the field is known."""
        field = self._by_name.get(name)
        return field.documents / self.fields.documents if field and self.fields.documents else 0.0

    def values(self, name: str) -> list[Scalar]:
        field = self._by_name.get(name)
        return [one.value for one in field.values] if field else []

    def texts(self, name: str) -> list[str]:
        return [value for value in self.values(name) if isinstance(value, str)]

    @cached_property
    def organisations(self) -> NameBook:
        return NameBook.of({name: self.texts(name) for name in ORGANISATIONS if name in self._by_name})

    @cached_property
    def tickers(self) -> Mapping[str, list[tuple[str, str]]]:
        """Upper-case ticker -> the fields that have it, with the value as it is written there."""
        return _gathered((text.upper(), (name, text)) for name in TICKERS for text in self.texts(name))

    @cached_property
    def years(self) -> Mapping[int, list[tuple[str, Scalar]]]:
        """Year -> the fields that have it, with the value as it is written there."""
        found: dict[int, list[tuple[str, Scalar]]] = defaultdict(list)
        for name in YEARS:
            for value in self.values(name):
                if (year := _year(value)) is not None:
                    found[year].append((name, value))
        return found

    @cached_property
    def phrases(self) -> Mapping[str, list[tuple[str, str]]]:
        """Words run together -> the fields other than those read by rules of their own, with the value."""
        return _gathered(
            ("".join(words), (field.name, text))
            for field in self.fields.fields
            if self._is_named(field)
            for text in self.texts(field.name)
            if 0 < len(words := key_words(text)) <= LONGEST_PHRASE and _is_telling(text)
        )

    def _is_named(self, field: Field) -> bool:
        """Whether readers would ask for its values: not for the ids of documents, nor for one text out of thousands."""
        if field.name in _READ_ELSEWHERE or field.name in NEVER_NAMED or field.name.endswith("_id") or field.more:
            return False
        return field.documents <= _ENOUGH_TO_TELL or len(field.values) < _IDENTIFYING * field.documents


def _gathered(pairs: Iterable[tuple[str, tuple[str, str]]]) -> Mapping[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def _is_telling(text: str) -> bool:
    return sum(character.isalnum() for character in text) >= 3 and any(map(str.isalpha, text))


def _year(value: Scalar) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) == 4 else 0
    return int(value) if not isinstance(value, bool) and 1900 <= value <= 2100 and value == int(value) else None
