"""Our filters as conditions on the catalog's tables."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, true

from ragstone_index.catalog_tables import chunks, values
from ragstone_index.filters import All, Between, Contains, Either, Not, OneOf, Where
from ragstone_index.matching import facet, folded, key_of
from ragstone_index.port import Visibility

Condition = ColumnElement[bool]

ACL, FACET, MEASURE, TEXT = "acl", "facet", "measure.", "text."

_SIGNS: dict[str, Callable[[Any, float], Condition]] = {
    "gte": lambda held, bound: held >= bound,
    "gt": lambda held, bound: held > bound,
    "lte": lambda held, bound: held <= bound,
    "lt": lambda held, bound: held < bound,
}


def visible(collection: str, visibility: Visibility, where: Where | None) -> Condition:
    """What the asker may see at that sequence, and the condition."""
    return and_(
        chunks.c.collection == collection,
        chunks.c.tenant == visibility.tenant,
        chunks.c.born <= visibility.sequence,
        chunks.c.died > visibility.sequence,
        chunks.c.document_id.not_in(list(visibility.withheld)),
        _some(ACL, values.c.text.in_(list(visibility.principals))),
        true() if where is None else _condition(where),
    )


def _condition(where: Where) -> Condition:
    match where:
        case OneOf(field, wanted):
            return _some(FACET, values.c.text.in_([facet(field, value) for value in wanted]))
        case Between():
            bounds = [_SIGNS[name](values.c.number, bound) for name, bound in where.measures().items()]
            return _some(MEASURE + key_of(where.field, where.kind), and_(*bounds))
        case Contains(field, text):
            # Postgres has no instr, SQLite no strpos; what is replaced by nothing leaves a shorter text.
            within = func.length(func.replace(values.c.text, folded(text), "")) < func.length(values.c.text)
            return _some(TEXT + key_of(field), within if folded(text) else true())
        case All(conditions):
            return and_(true(), *map(_condition, conditions))
        case Either(conditions):
            return or_(false(), *map(_condition, conditions))
        case Not(condition):
            return not_(_condition(condition))


def _some(name: str, condition: Condition) -> Condition:
    """The chunk has a value of that name for which the condition holds."""
    return exists().where(
        values.c.collection == chunks.c.collection,
        values.c.point == chunks.c.point,
        values.c.name == name,
        condition,
    )
