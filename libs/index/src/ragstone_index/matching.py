"""Which chunks a query may see, said once for every engine."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ragstone_index.port import StoredChunk, Visibility, Where


def facet(field: str, value: str | int | float | bool) -> str:
    """A metadata field and value as one string; numbers that are equal give the same, ``True`` and ``1`` do not."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value) if abs(value) <= 2**53 else value
    return json.dumps([field, value], ensure_ascii=False)


def facets(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Every facet a chunk can be found by: of its scalar fields, and of each scalar in its list fields."""
    for field, held in metadata.items():
        for value in held if isinstance(held, list | tuple) else [held]:
            if isinstance(value, str | int | float):
                yield facet(field, value)


def accepted(where: Where | None) -> list[list[str]]:
    """For each field of ``where`` the facets of which a chunk must have one."""
    return [[facet(field, value) for value in values] for field, values in (where or {}).items()]


def admits(visibility: Visibility, where: Where | None, chunk: StoredChunk) -> bool:
    """True when the asker may see the chunk at that sequence and it satisfies every field of ``where``."""
    return (
        chunk.tenant == visibility.tenant
        and not set(chunk.acl).isdisjoint(visibility.principals)
        and chunk.born <= visibility.sequence < chunk.died
        and _satisfies(chunk, where)
    )


def _satisfies(chunk: StoredChunk, where: Where | None) -> bool:
    if not where:
        return True
    held = set(facets(chunk.metadata))
    return all(not held.isdisjoint(wanted) for wanted in accepted(where))
