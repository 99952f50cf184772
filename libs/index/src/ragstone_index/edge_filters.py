"""Our filters as the embedded engine takes them."""

from typing import Any

import qdrant_edge as engine

from ragstone_index.filters import All, Between, Contains, Either, Not, OneOf, Where
from ragstone_index.matching import facet, folded, key_of
from ragstone_index.port import Visibility


def visible(visibility: Visibility, where: Where | None) -> engine.Filter:
    """What the asker may see at that sequence, and the condition."""
    seen = [
        equals("tenant", visibility.tenant),
        engine.FieldCondition("acl", match=engine.MatchAny(list(visibility.principals))),
        engine.FieldCondition("born", range=engine.RangeFloat(lte=visibility.sequence)),
        engine.FieldCondition("died", range=engine.RangeFloat(gt=visibility.sequence)),
    ]
    named = engine.MatchAny(list(visibility.withheld))
    withheld: list[Any] = [engine.FieldCondition("document_id", match=named)] if visibility.withheld else []
    return engine.Filter(must=[*seen, *([] if where is None else [_condition(where)])], must_not=withheld)


def of_document(document_id: str | None, version: int | None) -> engine.Filter:
    """Every chunk of a document, or of one version of it."""
    wanted = (("document_id", document_id), ("version", version))
    return engine.Filter(must=[equals(field, value) for field, value in wanted if value is not None])


def equals(field: str, value: str | int) -> engine.FieldCondition:
    return engine.FieldCondition(field, match=engine.MatchValue(value))


def _condition(where: Where) -> Any:
    match where:
        case OneOf(field, values):
            return engine.FieldCondition("facets", match=engine.MatchAny([facet(field, value) for value in values]))
        case Between():
            key = f"measures.{key_of(where.field, where.kind)}"
            return engine.FieldCondition(key, range=engine.RangeFloat(**where.measures()))
        case Contains(field, text):
            return engine.FieldCondition(f"texts.{key_of(field)}", match=engine.MatchSubstring(folded(text)))
        case All(conditions):
            return engine.Filter(must=[_condition(one) for one in conditions])
        case Either(conditions):
            # An empty list of alternatives would be no condition at all.
            return engine.Filter(should=[_condition(one) for one in conditions]) if conditions else _never()
        case Not(condition):
            return engine.Filter(must_not=[_condition(condition)])


def _never() -> Any:
    return engine.FieldCondition("facets", match=engine.MatchAny([]))
