"""Pinecone's data plane: upsert, query with a metadata filter, delete, statistics."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda held, wanted: held == wanted,
    "$ne": lambda held, wanted: held != wanted,
    "$gt": lambda held, wanted: held > wanted,
    "$gte": lambda held, wanted: held >= wanted,
    "$lt": lambda held, wanted: held < wanted,
    "$lte": lambda held, wanted: held <= wanted,
    "$in": lambda held, wanted: held in wanted,
}
_MOST_IN_A_REQUEST = 1000
_MOST_METADATA_BYTES = 40_960


class PineconeServer(RecordedServer):
    """One index. Metadata are texts, numbers, booleans and lists of texts; anything else is refused, as null is."""

    def __init__(self, dimensions: int, api_key: str) -> None:
        super().__init__()
        self.dimensions, self.api_key = dimensions, api_key
        self.namespaces: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)

    def answer(self, received: Received) -> Answer:
        if received.headers.get("api-key") != self.api_key:
            return Answer(401, b"Unauthorized")
        match received.method, received.path:
            case "POST", "/vectors/upsert":
                return self._upsert(received.json())
            case "POST", "/query":
                return self._query(received.json())
            case "POST", "/vectors/delete":
                return self._delete(received.json())
            case "POST", "/describe_index_stats":
                return Answer(body={"dimension": self.dimensions, "namespaces": {}, "totalVectorCount": 0})
        return _refused(404, f"no {received.method} {received.path}")

    def _upsert(self, body: dict[str, Any]) -> Answer:
        vectors = body["vectors"]
        if not 0 < len(vectors) <= _MOST_IN_A_REQUEST:
            return _refused(400, f"{len(vectors)} vectors in a request")
        for one in vectors:
            if problem := self._problem(one):
                return _refused(400, problem)
        self.namespaces[body.get("namespace", "")].update({one["id"]: one for one in vectors})
        return Answer(body={"upsertedCount": len(vectors)})

    def _problem(self, one: Mapping[str, Any]) -> str | None:
        if len(one["values"]) != self.dimensions:
            return f"Vector dimension {len(one['values'])} does not match the dimension of the index {self.dimensions}"
        if not one["id"].isascii():
            return "Vector ID must be ASCII"
        held = one.get("metadata", {})
        if len(str(held)) > _MOST_METADATA_BYTES:
            return "Metadata size exceeds the limit of 40960 bytes per vector"
        odd = [name for name, value in held.items() if not _is_metadata(value)]
        return f"Metadata value must be a string, number, boolean or list of strings, got {odd}" if odd else None

    def _query(self, body: dict[str, Any]) -> Answer:
        if len(body["vector"]) != self.dimensions:
            return _refused(400, "Vector dimension does not match")
        if not 0 < body["topK"] <= 10_000:
            return _refused(400, "topK is out of range")
        held = self.namespaces[body.get("namespace", "")].values()
        seen = [one for one in held if _holds(body.get("filter") or {}, one.get("metadata", {}))]
        scored = sorted(seen, key=lambda one: -_cosine(one["values"], body["vector"]))[: body["topK"]]
        matches = [
            {
                "id": one["id"],
                "score": _cosine(one["values"], body["vector"]),
                "values": one["values"] if body.get("includeValues") else [],
                **({"metadata": one["metadata"]} if body.get("includeMetadata") else {}),
            }
            for one in scored
        ]
        return Answer(body={"matches": matches, "namespace": body.get("namespace", ""), "usage": {"readUnits": 1}})

    def _delete(self, body: dict[str, Any]) -> Answer:
        name = body.get("namespace", "")
        if name not in self.namespaces:
            return _refused(404, "Namespace not found", code=5)
        if body.get("deleteAll"):
            del self.namespaces[name]
        for one in body.get("ids") or []:
            self.namespaces[name].pop(one, None)
        return Answer(body={})


def _is_metadata(value: Any) -> bool:
    return isinstance(value, str | int | float) or (
        isinstance(value, list) and all(isinstance(one, str) for one in value)
    )


def _holds(condition: Mapping[str, Any], metadata: Mapping[str, Any]) -> bool:
    return all(_holds_one(name, wanted, metadata) for name, wanted in condition.items())


def _holds_one(name: str, wanted: Any, metadata: Mapping[str, Any]) -> bool:
    if name in ("$and", "$or"):
        return (all if name == "$and" else any)(_holds(one, metadata) for one in wanted)
    held = metadata.get(name)
    values = held if isinstance(held, list) else [] if held is None else [held]
    conditions = wanted.items() if isinstance(wanted, dict) else [("$eq", wanted)]
    return all(any(_COMPARE[word](value, bound) for value in values) for word, bound in conditions)


def _cosine(one: list[float], other: list[float]) -> float:
    return float(np.dot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other) or 1))


def _refused(status: int, message: str, code: int = 3) -> Answer:
    return Answer(status, {"code": code, "message": message, "details": []})
