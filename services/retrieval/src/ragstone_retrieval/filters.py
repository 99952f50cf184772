"""From the filters of a request to what the index understands.

A filter is an object; all of its members must hold. A member named ``$and``, ``$or`` or ``$not`` joins further filters;
any other is a field with a value, a list of accepted values, or an object of operators: ``{"gte": 2020, "lt": 2023}``.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ragstone_contracts.fields import Kind
from ragstone_index import All, Between, Contains, Either, Not, OneOf, Scalar, Where, both
from ragstone_index.filters import kind_of
from ragstone_retrieval.errors import InvalidFilter, UnknownField
from ragstone_retrieval.fields import KnownFields

MOST_DEPTH = 8
MOST_CONDITIONS = 100
MOST_VALUES = 10_000
_LONGEST_TEXT = 2000
_LARGEST_NUMBER = 1e300
_JOINING = ("$and", "$or", "$not")
_BOUNDS = ("gt", "gte", "lt", "lte")
_OPERATORS = ("eq", "ne", "in", "nin", *_BOUNDS, "contains")
_NAMES: Mapping[Kind, str] = {"text": "texts", "number": "numbers", "date": "dates", "truth": "truth values"}


def parse_filters(filters: Mapping[str, Any] | None, known: KnownFields = KnownFields()) -> Where | None:
    """The condition that the filters state; None without any.

    Raises InvalidFilter, which names the part that is wrong, and UnknownField where the known fields are all there are.
    """
    return _Parser(known).filter(filters, "filters", 1) if filters else None


def fields_in(filters: Any) -> Iterator[str]:
    """The fields that valid filters speak of, each as often as it comes."""
    if isinstance(filters, list):
        for one in filters:
            yield from fields_in(one)
    elif isinstance(filters, Mapping):
        for name, wanted in filters.items():
            if name in _JOINING:
                yield from fields_in(wanted)
            else:
                yield name


@dataclass
class _Parser:
    """``conditions`` and ``values`` count what was met so far."""

    known: KnownFields
    conditions: int = 0
    values: int = 0

    def filter(self, filters: Any, path: str, depth: int) -> Where:
        if depth > MOST_DEPTH:
            raise _wrong(path, f"filters may not be nested more than {MOST_DEPTH} deep")
        if not isinstance(filters, Mapping) or not filters:
            raise _wrong(path, "there must be an object with at least one field")
        found = both(*(self._member(name, wanted, path, depth) for name, wanted in filters.items()))
        assert found is not None
        return found

    def _member(self, name: str, wanted: Any, path: str, depth: int) -> Where:
        inside = f"{path}.{name[:100]}"
        if name == "$not":
            return Not(self.filter(wanted, inside, depth + 1))
        if name in _JOINING:
            if not isinstance(wanted, list) or not wanted:
                raise _wrong(inside, "there must be a list of at least one filter")
            parts = [self.filter(one, f"{inside}[{place}]", depth + 1) for place, one in enumerate(wanted)]
            return All(parts) if name == "$and" else Either(parts)
        if name.startswith("$"):
            raise _wrong(inside, f"there is no '{name[:100]}'; there are {', '.join(_JOINING)}")
        return self._field(name, wanted, inside)

    def _field(self, name: str, wanted: Any, path: str) -> Where:
        self._check_name(name, path)
        if not isinstance(wanted, Mapping):
            self._count(path)
            return OneOf(name, self._accepted(wanted if isinstance(wanted, list) else [wanted], path))
        if not wanted:
            raise _wrong(path, f"'{name[:100]}' needs a value, a list of values or an operator")
        operators = {operator.removeprefix("$"): value for operator, value in wanted.items()}
        if unknown := [operator for operator in operators if operator not in _OPERATORS]:
            raise _wrong(f"{path}.{unknown[0][:100]}", f"there is no such operator; there are {', '.join(_OPERATORS)}")
        if len(operators) < len(wanted):
            raise _wrong(path, "an operator stands there twice")
        bounds = {operator: value for operator, value in operators.items() if operator in _BOUNDS}
        others = [self._condition(name, one, value, path) for one, value in operators.items() if one not in bounds]
        found = both(self._range(name, bounds, path) if bounds else None, *others)
        assert found is not None
        return found

    def _condition(self, name: str, operator: str, value: Any, path: str) -> Where:
        self._count(path)
        inside = f"{path}.{operator}"
        if operator == "contains":
            return self._contains(name, value, inside)
        if operator in ("in", "nin") and not isinstance(value, list):
            raise _wrong(inside, "there must be a list of values")
        accepted = OneOf(name, self._accepted(value if operator in ("in", "nin") else [value], inside))
        return Not(accepted) if operator in ("ne", "nin") else accepted

    def _contains(self, name: str, text: Any, path: str) -> Where:
        self._check_value(text, path)
        if not isinstance(text, str) or not text:
            raise _wrong(path, "there must be a text that is not empty")
        self._check_kind(name, ("text", "date"), path)
        return Contains(name, text)

    def _range(self, name: str, bounds: Mapping[str, Any], path: str) -> Where:
        self._count(path)
        for operator, bound in bounds.items():
            inside = f"{path}.{operator}"
            self._check_value(bound, inside)
            kind: Kind | None = "number" if kind_of(bound) == "number" else "date" if kind_of(bound) else None
            if kind is None or (kind == "number" and abs(bound) > _LARGEST_NUMBER):
                raise _wrong(inside, "there must be a number or an ISO 8601 date")
            self._check_kind(name, (kind,), inside)
        try:
            return Between(name, **bounds)
        except ValueError as error:
            raise _wrong(path, str(error)) from error

    def _accepted(self, values: Sequence[Any], path: str) -> list[Scalar]:
        self.values += len(values)
        if not values or self.values > MOST_VALUES:
            raise _wrong(path, "a list of values may not be empty" if not values else f"over {MOST_VALUES} values")
        for value in values:
            self._check_value(value, path)
        return list(values)

    def _check_value(self, value: Any, path: str) -> None:
        if not isinstance(value, Scalar):
            raise _wrong(path, "there must be a text, number or truth value, or a list of them")
        if isinstance(value, float) and not math.isfinite(value):
            raise _wrong(path, "there must be a number that is one")
        if isinstance(value, str) and (len(value) > _LONGEST_TEXT or not _is_encodable(value)):
            raise _wrong(path, f"a text has at most {_LONGEST_TEXT} characters and is valid Unicode")

    def _check_name(self, name: str, path: str) -> None:
        if len(name) > _LONGEST_TEXT or not _is_encodable(name):
            raise _wrong(path, "that is no name of a field")
        if self.known.closed and not self.known.kinds(name):
            nearest = self.known.nearest(name)
            hint = f"; did you mean {' or '.join(map(repr, nearest))}?" if nearest else ""
            raise UnknownField(f"no document has a field '{name[:100]}'{hint}", field=name[:100], nearest=nearest)

    def _check_kind(self, name: str, possible: Sequence[Kind], path: str) -> None:
        kinds = self.known.kinds(name)
        if kinds and kinds.isdisjoint(possible):
            held = " and ".join(_NAMES[kind] for kind in sorted(kinds))
            raise _wrong(path, f"'{name[:100]}' has {held}, no {' or '.join(_NAMES[kind] for kind in possible)}")

    def _count(self, path: str) -> None:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise _wrong(path, f"there may be at most {MOST_CONDITIONS} conditions")


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong(path: str, detail: str) -> InvalidFilter:
    shown = path.encode(errors="replace").decode()
    return InvalidFilter(f"{shown}: {detail}", path=shown)
