"""Our filters in the filter language of llama-index, as far as a store takes it.

Everything a store compares is a number or a token made from the value, so that no store's rules about names, quotes or
lengths matter and nothing can be read from it. What a store's language lacks is left out: the store then finds more
than was asked for, never less, and what it finds is held against the whole condition afterwards. Tenant, access and
life are never left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, TypeAlias

from llama_index.core.vector_stores.types import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters

from ragstone_index.filters import All, Between, Either, OneOf, Where
from ragstone_index.matching import facet, facets, fields_of, key_of, measures
from ragstone_index.port import StoredChunk, Visibility

Filter: TypeAlias = MetadataFilter | MetadataFilters


def token(text: str) -> str:
    """Letters and digits that stand for a text; no token begins like a number or a date."""
    return "t" + blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Dialect:
    """``overlap`` is the operator for "the list has one of these values"; where there is none, values become fields.

    ``any_field`` says whether fields may be added from chunk to chunk; without that, ranges are left out.
    """

    overlap: FilterOperator | None
    any_field: bool = True

    def metadata(self, chunk: StoredChunk) -> dict[str, Any]:
        """What a chunk is filtered by."""
        fields = fields_of(chunk)
        held = {"tenant": token(chunk.tenant), "born": chunk.born, "died": chunk.died}
        ranges = self._extremes(measures(fields)) if self.any_field else {}
        return held | self._list("acl", chunk.acl) | self._list("facet", facets(fields)) | ranges

    def _list(self, name: str, texts: Iterable[str]) -> dict[str, Any]:
        tokens = list(dict.fromkeys(map(token, texts)))
        return {name: tokens} if self.overlap else {f"{name}_{one}": 1 for one in tokens}

    @staticmethod
    def _extremes(numbers: dict[str, list[float]]) -> dict[str, float]:
        least = {f"least_{key}": min(held) for key, held in numbers.items()}
        return least | {f"most_{key}": max(held) for key, held in numbers.items()}

    def filters(self, visibility: Visibility, where: Where | None) -> MetadataFilters:
        """What the asker may see at that sequence, and of the condition what the store can be told."""
        seen: list[Filter] = [
            MetadataFilter(key="tenant", value=token(visibility.tenant)),
            MetadataFilter(key="born", value=visibility.sequence, operator=FilterOperator.LTE),
            MetadataFilter(key="died", value=visibility.sequence, operator=FilterOperator.GT),
            self._overlaps("acl", visibility.principals),
        ]
        condition = None if where is None else self._condition(where)
        return _all([*seen, *([condition] if condition else [])])

    def _overlaps(self, name: str, texts: Sequence[str]) -> Filter:
        tokens = [token(text) for text in texts] or ["none"]
        if self.overlap:
            return MetadataFilter(key=name, value=tokens, operator=self.overlap)
        return _any([MetadataFilter(key=f"{name}_{one}", value=1) for one in tokens])

    def _condition(self, where: Where) -> Filter | None:
        """A condition that holds wherever ``where`` does; None when only one that always holds can be said."""
        match where:
            case OneOf(field, values):
                return self._overlaps("facet", [facet(field, value) for value in values])
            case Between() if self.any_field:
                return _reaches(where)
            case All(conditions):
                found = [said for one in conditions if (said := self._condition(one))]
                return _all(found) if found else None
            case Either(conditions):
                found = [said for one in conditions if (said := self._condition(one))]
                return _any(found) if found and len(found) == len(conditions) else None
            case _:
                return None


def _reaches(where: Between) -> Filter:
    """The values from the least to the most reach into the range: exact where there is one value."""
    key = key_of(where.field, where.kind)
    found: list[Filter] = []
    for name, bound in where.measures().items():
        side = "most" if name in ("gte", "gt") else "least"
        found.append(MetadataFilter(key=f"{side}_{key}", value=bound, operator=FilterOperator[name.upper()]))
    return _all(found)


def _all(filters: Sequence[Filter]) -> MetadataFilters:
    return MetadataFilters(filters=list(filters), condition=FilterCondition.AND)


def _any(filters: Sequence[Filter]) -> MetadataFilters:
    return MetadataFilters(filters=list(filters), condition=FilterCondition.OR)
