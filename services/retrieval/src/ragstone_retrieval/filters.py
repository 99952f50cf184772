"""From the filters of a request to what the index understands."""

from collections.abc import Mapping
from typing import Any

from ragstone_index import Where
from ragstone_retrieval.errors import InvalidFilter

_SCALAR = (str, int, float, bool)


def parse_filters(filters: Mapping[str, Any] | None) -> Where:
    """Field -> accepted values. Raises InvalidFilter for what is neither a scalar nor a non-empty list of scalars."""
    return {field: _accepted(field, wanted) for field, wanted in (filters or {}).items()}


def _accepted(field: str, wanted: Any) -> list[str | int | float | bool]:
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(isinstance(value, _SCALAR) for value in values):
        raise InvalidFilter(f"the filter on '{field}' must be a text, number or truth value, or a list of them")
    return values
