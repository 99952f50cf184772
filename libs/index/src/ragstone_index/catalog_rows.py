"""A chunk as rows of the catalog, and back."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from ragstone_index.catalog_filters import ACL, FACET, MEASURE, TEXT
from ragstone_index.matching import facets, fields_of, measures, texts
from ragstone_index.payload import LOOKUPS, from_payload, point_id, to_payload
from ragstone_index.port import IndexedChunk, StoredChunk, Vector

_APART = ("tenant", "document_id", "version", "born", "died")


def chunk_row(collection: str, one: IndexedChunk) -> dict[str, Any]:
    payload = to_payload(one.chunk)
    return {name: payload[name] for name in _APART} | {
        "collection": collection,
        "point": point_id(one.chunk.chunk_id),
        "acl": json.dumps(payload["acl"]),
        "dense": np.asarray(one.dense, np.float32).tobytes(),
        "payload": json.dumps({name: value for name, value in payload.items() if name not in LOOKUPS}).encode(),
    }


def value_rows(collection: str, one: IndexedChunk) -> Iterator[dict[str, Any]]:
    at = {"collection": collection, "point": point_id(one.chunk.chunk_id)}
    fields = fields_of(one.chunk)
    yield from (_value(at, ACL, text=principal) for principal in one.chunk.acl)
    yield from (_value(at, FACET, text=facet) for facet in facets(fields))
    for key, numbers in measures(fields).items():
        yield from (_value(at, MEASURE + key, number=number) for number in numbers)
    for key, held in texts(fields).items():
        yield from (_value(at, TEXT + key, text=text) for text in held)


def _value(at: dict[str, Any], name: str, text: str | None = None, number: float | None = None) -> dict[str, Any]:
    return {**at, "name": name, "text": text, "number": number}


def term_rows(collection: str, one: IndexedChunk) -> list[dict[str, Any]]:
    at = {"collection": collection, "tenant": one.chunk.tenant, "point": point_id(one.chunk.chunk_id)}
    weighed = zip(one.sparse.indices, one.sparse.values, strict=True)
    return [{**at, "term": term, "weight": weight} for term, weight in weighed]


def read_chunk(payload: bytes, acl: str, born: int, died: int) -> StoredChunk:
    return from_payload(json.loads(payload) | {"acl": json.loads(acl), "born": born, "died": died})


def read_vector(dense: bytes) -> Vector:
    return np.frombuffer(dense, np.float32)
