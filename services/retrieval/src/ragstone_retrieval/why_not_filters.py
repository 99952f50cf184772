"""Which condition of a filter a document does not meet. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragstone_contracts.why_not import ConditionCheck
from ragstone_index import StoredChunk, Where
from ragstone_index.matching import fields_of, holds
from ragstone_retrieval.filters import fields_in, parse_filters

_MOST_VALUES = 20


def meets(where: Where | None, chunks: Sequence[StoredChunk]) -> bool:
    """Whether one of the chunks satisfies it."""
    return where is None or any(holds(where, fields_of(chunk)) for chunk in chunks)


def check_each(filters: Mapping[str, Any] | None, chunks: Sequence[StoredChunk]) -> list[ConditionCheck]:
    """Every condition that has to hold, by itself, in the order in which they are stated."""
    return [_check(condition, chunks) for condition in _conditions(filters or {})]


def said(checks: Sequence[ConditionCheck]) -> str:
    """The conditions that are not met, with what the document has instead."""
    failed = [f"{one.condition} is not met, it has {one.values or 'no such field'}" for one in checks if not one.met]
    return "; ".join(failed) or "each condition is met by one of its chunks, but no chunk meets all of them"


def _conditions(filters: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, wanted in filters.items():
        if name == "$and":
            for one in wanted:
                yield from _conditions(one)
        else:
            yield {name: wanted}


def _check(condition: dict[str, Any], chunks: Sequence[StoredChunk]) -> ConditionCheck:
    held: dict[str, list[Any]] = {}
    for name in dict.fromkeys(fields_in(condition)):
        values = dict.fromkeys(value for chunk in chunks for value in fields_of(chunk).get(name, []))
        if values:
            held[name] = list(values)[:_MOST_VALUES]
    return ConditionCheck(condition=condition, met=meets(parse_filters(condition), chunks), values=held)
