"""Our filters as SQL conditions on ``index_chunks AS chunk``, with their values."""

from typing import Any

from ragstone_index.filters import All, Between, Contains, Either, Not, OneOf, Where
from ragstone_index.matching import facet, folded, key_of
from ragstone_index.pgvector_tables import SOME_VALUE, VISIBLE
from ragstone_index.port import Visibility

_SIGNS = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}


def visible(collection: str, visibility: Visibility, where: Where | None) -> tuple[str, dict[str, Any]]:
    """The condition every search carries, and its values."""
    values = {
        "collection": collection,
        "tenant": visibility.tenant,
        "principals": list(visibility.principals),
        "sequence": visibility.sequence,
    }
    named, conditions = _Values(), [VISIBLE]
    if visibility.withheld:
        conditions.append(f"NOT chunk.document_id = ANY({named.name(list(visibility.withheld))})")
    if where is not None:
        conditions.append(_condition(where, named))
    return " AND ".join(conditions), named.held | values


class _Values:
    """Gives values names that no other has."""

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}

    def name(self, value: Any) -> str:
        name = f"where_{len(self.held)}"
        self.held[name] = value
        return f"%({name})s"


def _condition(where: Where, values: _Values) -> str:
    match where:
        case OneOf(field, wanted):
            return f"chunk.facets && {values.name([facet(field, value) for value in wanted])}::text[]"
        case Between():
            bounds = [f"held::float8 {_SIGNS[name]} {values.name(bound)}" for name, bound in where.measures().items()]
            return _some_value("measures", key_of(where.field, where.kind), " AND ".join(bounds), values)
        case Contains(field, text):
            found = f"position({values.name(folded(text))} in held) > 0"
            return _some_value("texts", key_of(field), found, values)
        case All(conditions):
            return _joined(" AND ", "true", [_condition(one, values) for one in conditions])
        case Either(conditions):
            return _joined(" OR ", "false", [_condition(one, values) for one in conditions])
        case Not(condition):
            return f"NOT ({_condition(condition, values)})"


def _some_value(column: str, key: str, condition: str, values: _Values) -> str:
    return SOME_VALUE.format(column=column, key=values.name(key), condition=condition)


def _joined(word: str, empty: str, conditions: list[str]) -> str:
    return f"({word.join(conditions) or empty})"
