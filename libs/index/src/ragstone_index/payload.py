"""How a chunk lies in the payload of a point, the same in the embedded engine and on a server."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ragstone_index.matching import facets
from ragstone_index.port import Parent, StoredChunk

KEYWORD_FIELDS = ("tenant", "acl", "document_id", "facets")
INTEGER_FIELDS = ("version", "born", "died")
LIFE_FIELDS = ("document_id", "version", "born", "died")
DENSE, SPARSE = "dense", "sparse"


def point_id(chunk_id: str) -> str:
    """The engines want UUIDs; the chunk's own id stays in the payload."""
    return str(uuid5(NAMESPACE_URL, f"urn:ragstone:chunk:{chunk_id}"))


def to_payload(chunk: StoredChunk) -> dict[str, Any]:
    # The metadata is kept as text: engines would change what they hold (long integers, dots in field names).
    return asdict(chunk) | {
        "acl": list(chunk.acl),
        "metadata": json.dumps(chunk.metadata, ensure_ascii=False),
        "facets": list(facets(chunk.metadata)),
    }


def from_payload(payload: Mapping[str, Any]) -> StoredChunk:
    fields = {name: value for name, value in payload.items() if name != "facets"}
    # Engines may keep an empty field or not; chunks stored by earlier releases have neither context nor parent.
    parent = Parent(**payload["parent"]) if payload.get("parent") else None
    return StoredChunk(**fields | {"metadata": json.loads(payload["metadata"]), "parent": parent})


def life_of(payload: Mapping[str, Any]) -> tuple[str, int, int, int]:
    """The fields ``LIFE_FIELDS`` of a payload."""
    return payload["document_id"], payload["version"], payload["born"], payload["died"]
