"""Which chunks a query may see, said once for every engine."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ragstone_index.filters import All, Between, Contains, Either, Not, OneOf, Scalar, Where, kind_of, measure
from ragstone_index.port import StoredChunk, Visibility

_PLAIN = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_LARGEST = 1e300
_LONGEST_TEXT = 500
"""Characters of a text that :class:`Contains` sees."""


def facet(field: str, value: Scalar) -> str:
    """A field and its value as one string; numbers that are equal give the same, ``True`` and ``1`` do not."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) <= 2**53 else value
    return json.dumps([field, value], ensure_ascii=False)


def key_of(field: str, kind: str = "") -> str:
    """The field as engines take a name: letters, digits and underscores; behind it may stand what kind of values."""
    name = field if _PLAIN.fullmatch(field) else "_" + field.encode(errors="surrogatepass").hex()
    return f"{name}__{kind}" if kind else name


def fields_of(chunk: StoredChunk) -> dict[str, list[Scalar]]:
    """Everything a chunk can be found by, by field: its scalars, and the scalars in its lists."""
    own = {"title": chunk.title, "document_id": chunk.document_id, "position": chunk.position}
    return {field: held for field, value in (own | dict(chunk.metadata)).items() if (held := _scalars(value))}


def _scalars(value: Any) -> list[Scalar]:
    return [one for one in (value if isinstance(value, list | tuple) else [value]) if isinstance(one, Scalar)]


def facets(fields: Mapping[str, list[Scalar]]) -> Iterator[str]:
    """What :class:`OneOf` is looked up in."""
    for field, values in fields.items():
        for value in values:
            yield facet(field, value)


def measures(fields: Mapping[str, list[Scalar]]) -> dict[str, list[float]]:
    """What :class:`Between` is looked up in: numbers by :func:`key_of` field and kind."""
    found: dict[str, list[float]] = {}
    for field, values in fields.items():
        for value in values:
            if (kind := kind_of(value)) and not isinstance(value, bool) and _fits(value):
                found.setdefault(key_of(field, kind), []).append(measure(value))
    return found


def _fits(value: Scalar) -> bool:
    return isinstance(value, str) or abs(value) <= _LARGEST


def texts(fields: Mapping[str, list[Scalar]]) -> dict[str, list[str]]:
    """What :class:`Contains` is looked up in: texts by :func:`key_of` field."""
    found: dict[str, list[str]] = {}
    for field, values in fields.items():
        for value in values:
            if isinstance(value, str):
                found.setdefault(key_of(field), []).append(folded(value))
    return found


def folded(text: str) -> str:
    """A text as :class:`Contains` compares it."""
    return text.casefold().replace("\x00", "")[:_LONGEST_TEXT]


def admits(visibility: Visibility, where: Where | None, chunk: StoredChunk) -> bool:
    """True when the asker may see the chunk at that sequence and it satisfies the condition."""
    return may_see(visibility, chunk) and (where is None or holds(where, fields_of(chunk)))


def may_see(visibility: Visibility, chunk: StoredChunk) -> bool:
    return (
        chunk.tenant == visibility.tenant
        and not set(chunk.acl).isdisjoint(visibility.principals)
        and chunk.born <= visibility.sequence < chunk.died
        and chunk.document_id not in visibility.withheld
    )


def holds(where: Where, fields: Mapping[str, list[Scalar]]) -> bool:
    """Whether the fields of a chunk satisfy the condition; what every engine's filter is held against."""
    match where:
        case OneOf(field, values):
            wanted = {facet(field, value) for value in values}
            return any(facet(field, value) in wanted for value in fields.get(field, []))
        case Between():
            held = measures({where.field: fields.get(where.field, [])})
            return any(_within(value, where) for value in held.get(key_of(where.field, where.kind), []))
        case Contains(field, text):
            return any(folded(text) in folded(value) for value in fields.get(field, []) if isinstance(value, str))
        case All(conditions):
            return all(holds(condition, fields) for condition in conditions)
        case Either(conditions):
            return any(holds(condition, fields) for condition in conditions)
        case Not(condition):
            return not holds(condition, fields)


def _within(value: float, bounds: Between) -> bool:
    given = bounds.measures()
    return (
        given.get("gte", value) <= value <= given.get("lte", value)
        and not ("gt" in given and value <= given["gt"])
        and not ("lt" in given and value >= given["lt"])
    )
