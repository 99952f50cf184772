"""From the filters of a request to what the index understands."""

from collections.abc import Mapping
from typing import Any

from ragstone_index import OneOf, Scalar, Where, both
from ragstone_retrieval.errors import InvalidFilter


def parse_filters(filters: Mapping[str, Any] | None) -> Where | None:
    """Field -> accepted values. Raises InvalidFilter for what is neither a scalar nor a non-empty list of scalars."""
    return both(*(OneOf(field, _accepted(field, wanted)) for field, wanted in (filters or {}).items()))


def _accepted(field: str, wanted: Any) -> list[Scalar]:
    values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(isinstance(value, Scalar) for value in values):
        raise InvalidFilter(f"the filter on '{field}' must be a text, number or truth value, or a list of them")
    return values
