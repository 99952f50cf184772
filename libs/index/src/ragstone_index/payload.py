"""How a chunk lies in the payload of a point, the same in the embedded engine and on a server."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ragstone_index.matching import facets, fields_of, measures, texts
from ragstone_index.port import Parent, StoredChunk

KEYWORD_FIELDS = ("tenant", "acl", "document_id", "facets")
INTEGER_FIELDS = ("version", "born", "died")
LOOKUPS = ("facets", "measures", "texts")
"""What filters are looked up in; made from the chunk, so it is not read back."""
LIFE_FIELDS = ("document_id", "version", "born", "died")
DENSE, SPARSE = "dense", "sparse"


def point_id(chunk_id: str) -> str:
    """The engines want UUIDs; the chunk's own id stays in the payload."""
    return str(uuid5(NAMESPACE_URL, f"urn:ragstone:chunk:{chunk_id}"))


def to_payload(chunk: StoredChunk) -> dict[str, Any]:
    # The metadata is kept as text: engines would change what they hold (long integers, dots in field names).
    fields = fields_of(chunk)
    return vars(chunk) | {
        "acl": list(chunk.acl),
        "parent": vars(chunk.parent) if chunk.parent else None,
        "metadata": json.dumps(chunk.metadata, ensure_ascii=False),
        "facets": list(facets(fields)),
        "measures": measures(fields),
        "texts": texts(fields),
    }


def from_payload(payload: Mapping[str, Any]) -> StoredChunk:
    fields = dict(payload)
    for name in LOOKUPS:
        fields.pop(name, None)
    fields["metadata"] = json.loads(fields["metadata"])
    # Engines may keep an empty field or not; chunks stored by earlier releases have neither context nor parent.
    fields["parent"] = Parent(**fields["parent"]) if fields.get("parent") else None
    return StoredChunk(**fields)


def life_of(payload: Mapping[str, Any]) -> tuple[str, int, int, int]:
    """The fields ``LIFE_FIELDS`` of a payload."""
    return payload["document_id"], payload["version"], payload["born"], payload["died"]
