"""The filter language of a search: conditions on a chunk's metadata, which every engine takes as part of the query.

A field holds a scalar or a list of scalars; a condition on a list holds when one of its values meets it. Besides the
metadata there are the fields ``title``, ``document_id`` and ``position``, unless the metadata has one of that name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

Scalar = str | int | float | bool

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[T ].*)?)?)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has one of the values, of the same type: ``True`` is not ``1``; ``1`` is ``1.0``. None: never."""

    field: str
    values: Sequence[Scalar]


@dataclass(frozen=True, slots=True)
class Between:
    """A number or a date within bounds, each a number or each an ISO 8601 date; ``2024`` as text is a date, too.

    A date without day or month is the first day it covers. Raises ValueError for other bounds, or for none.
    """

    field: str
    gte: float | str | None = None
    gt: float | str | None = None
    lte: float | str | None = None
    lt: float | str | None = None

    def __post_init__(self) -> None:
        kinds = {kind_of(bound) for bound in self.bounds().values()}
        if len(kinds) != 1 or None in kinds:
            raise ValueError(f"a range of '{self.field}' needs bounds that are all numbers or all ISO 8601 dates")

    def bounds(self) -> dict[str, float | str]:
        """Those that were given, by name."""
        named = {"gte": self.gte, "gt": self.gt, "lte": self.lte, "lt": self.lt}
        return {name: bound for name, bound in named.items() if bound is not None}

    @property
    def kind(self) -> str:
        """``number`` or ``date``."""
        return kind_of(next(iter(self.bounds().values()))) or ""

    def measures(self) -> dict[str, float]:
        """The bounds as numbers, see :func:`measure`."""
        return {name: measure(bound) for name, bound in self.bounds().items()}


@dataclass(frozen=True, slots=True)
class Contains:
    """A text of the field has this within it, in any case."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds; with none it always does."""

    conditions: Sequence["Where"]


@dataclass(frozen=True, slots=True)
class Either:
    """One of the conditions holds; with none it never does."""

    conditions: Sequence["Where"]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold; so it is with a field the chunk does not have."""

    condition: "Where"


Where: TypeAlias = OneOf | Between | Contains | All | Either | Not


def both(*conditions: Where | None) -> Where | None:
    """All of the conditions that there are; None without one."""
    found = [condition for condition in conditions if condition is not None]
    return found[0] if len(found) == 1 else All(found) if found else None


def kind_of(value: object) -> str | None:
    """``number``, ``date``, or None for what has no order."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return "number"
    return "date" if isinstance(value, str) and _day(value) is not None else None


def measure(value: float | str) -> float:
    """A number as it is, a date as its days since the year 1. Raises ValueError for any other text."""
    if not isinstance(value, str):
        return float(value)
    if (day := _day(value)) is None:
        raise ValueError(f"'{value}' is not an ISO 8601 date")
    return float(day.toordinal())


def _day(text: str) -> date | None:
    """The first day of an ISO 8601 date, which may lack its day or month or go on with a time."""
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        return date(*(int(part or 1) for part in found.groups()))
    except ValueError:
        return None
