"""Our filters as a Qdrant server takes them."""

from collections.abc import Sequence

from qdrant_client import models

from ragstone_index.filters import All, Between, Contains, Either, Not, OneOf, Where
from ragstone_index.matching import facet, folded, key_of
from ragstone_index.port import Visibility


def visible(visibility: Visibility, where: Where | None) -> models.Filter:
    """What the asker may see at that sequence, and the condition."""
    seen: list[models.Condition] = [
        equals("tenant", visibility.tenant),
        any_of("acl", visibility.principals),
        models.FieldCondition(key="born", range=models.Range(lte=visibility.sequence)),
        models.FieldCondition(key="died", range=models.Range(gt=visibility.sequence)),
    ]
    withheld = any_of("document_id", visibility.withheld) if visibility.withheld else None
    return models.Filter(must=[*seen, *([] if where is None else [_condition(where)])], must_not=withheld)


def of_document(document_id: str | None, version: int | None) -> models.Filter:
    """Every chunk of a document, or of one version of it."""
    wanted = (("document_id", document_id), ("version", version))
    return models.Filter(must=[equals(field, value) for field, value in wanted if value is not None])


def equals(field: str, value: str | int) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchValue(value=value))


def any_of(field: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=list(values)))


def _condition(where: Where) -> models.Condition:
    match where:
        case OneOf(field, values):
            return any_of("facets", [facet(field, value) for value in values])
        case Between():
            key = f"measures.{key_of(where.field, where.kind)}"
            return models.FieldCondition(key=key, range=models.Range(**where.measures()))
        case Contains(field, text):
            within = models.MatchSubstring(substring=folded(text))
            return models.FieldCondition(key=f"texts.{key_of(field)}", match=within)
        case All(conditions):
            return models.Filter(must=[_condition(one) for one in conditions])
        case Either(conditions):
            # An empty list of alternatives would be no condition at all.
            return models.Filter(should=[_condition(one) for one in conditions]) if conditions else any_of("facets", [])
        case Not(condition):
            return models.Filter(must_not=[_condition(condition)])
