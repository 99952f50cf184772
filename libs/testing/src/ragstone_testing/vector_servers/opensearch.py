"""OpenSearch's REST interface: indexes, bulk, delete by query, k-NN with a filter inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer

_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda held, bound: held > bound,
    "gte": lambda held, bound: held >= bound,
    "lt": lambda held, bound: held < bound,
    "lte": lambda held, bound: held <= bound,
}


@dataclass
class _Index:
    body: dict[str, Any]
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def vectors(self) -> tuple[str, dict[str, Any]]:
        """The name and the mapping of the field with the vectors."""
        properties = self.body["mappings"]["properties"]
        return next((name, one) for name, one in properties.items() if one["type"] == "knn_vector")


class OpenSearchServer(RecordedServer):
    """Dynamic mapping gives every text a ``.keyword`` beside it, which alone compares texts as a whole."""

    def __init__(self, version: str = "3.1.0") -> None:
        super().__init__()
        self.version = version
        self.indexes: dict[str, _Index] = {}

    def answer(self, received: Received) -> Answer:
        parts = received.path.strip("/").split("/")
        if parts == [""]:
            return Answer(body={"version": {"number": self.version, "distribution": "opensearch"}})
        if parts == ["_bulk"]:
            return self._bulk(received.body)
        if len(parts) == 1 and received.method == "PUT":
            return self._create(parts[0], received.json())
        if (index := self.indexes.get(parts[0])) is None:
            return _missing(parts[0])
        return self._of_index(parts, index, received)

    def _of_index(self, parts: list[str], index: _Index, received: Received) -> Answer:
        match [received.method, *parts[1:]]:
            case ["GET"]:
                return Answer(body={parts[0]: index.body})
            case ["DELETE"]:
                del self.indexes[parts[0]]
                return Answer(body={"acknowledged": True})
            case ["POST", "_refresh"]:
                return Answer(body={"_shards": {"total": 1, "successful": 1, "failed": 0}})
            case ["POST", "_search"]:
                return _search(parts[0], index, received.json())
            case ["POST", "_delete_by_query"]:
                return _delete(index, received.json()["query"])
        return Answer(405, {"error": f"no {received.method} {received.path}", "status": 405})

    def _create(self, name: str, body: dict[str, Any]) -> Answer:
        if name in self.indexes:
            return _refused(400, "resource_already_exists_exception", f"index [{name}] already exists")
        self.indexes[name] = _Index(body)
        return Answer(body={"acknowledged": True, "shards_acknowledged": True, "index": name})

    def _bulk(self, body: bytes) -> Answer:
        lines = [orjson.loads(line) for line in body.splitlines() if line]
        items = [
            self._index_one(action["index"], document) for action, document in zip(*[iter(lines)] * 2, strict=True)
        ]
        return Answer(body={"took": 1, "errors": any("error" in one["index"] for one in items), "items": items})

    def _index_one(self, action: Mapping[str, Any], document: dict[str, Any]) -> dict[str, Any]:
        name, one = action["_index"], action["_id"]
        index = self.indexes[name]
        vectors, mapping = index.vectors
        said = {"_index": name, "_id": one}
        if len(document[vectors]) != mapping["dimension"]:
            reason = {"type": "mapper_parsing_exception", "reason": "Vector dimension mismatch"}
            return {"index": {**said, "status": 400, "error": reason}}
        known, index.documents[one] = one in index.documents, document
        return {"index": {**said, "status": 200 if known else 201, "result": "updated" if known else "created"}}


def _search(name: str, index: _Index, body: dict[str, Any]) -> Answer:
    vectors, mapping = index.vectors
    asked = body["query"]["knn"][vectors]
    if len(asked["vector"]) != mapping["dimension"]:
        return _refused(400, "search_phase_execution_exception", "Query vector has invalid dimension")
    wanted = asked.get("filter")
    seen = [(one, held) for one, held in index.documents.items() if wanted is None or _holds(wanted, one, held)]
    products = [(float(np.dot(held[vectors], asked["vector"])), one, held) for one, held in seen]
    best = sorted(products, key=lambda scored: -scored[0])[: min(asked["k"], body["size"])]
    # An inner product becomes a score above zero.
    hits = [
        {"_index": name, "_id": one, "_score": 1 + score if score >= 0 else 1 / (1 - score), "_source": held}
        for score, one, held in best
    ]
    return Answer(body={"took": 1, "timed_out": False, "hits": {"total": {"value": len(hits)}, "hits": hits}})


def _delete(index: _Index, query: dict[str, Any]) -> Answer:
    gone = [one for one, held in index.documents.items() if _holds(query, one, held)]
    for one in gone:
        del index.documents[one]
    return Answer(body={"took": 1, "deleted": len(gone), "failures": []})


def _holds(query: Mapping[str, Any], one: str, document: Mapping[str, Any]) -> bool:
    [(kind, inner)] = query.items()
    match kind:
        case "bool":
            needed = [*_list(inner.get("filter", [])), *_list(inner.get("must", []))]
            choices = inner.get("should")
            return all(_holds(part, one, document) for part in needed) and (
                choices is None or any(_holds(part, one, document) for part in choices)
            )
        case "term" | "terms":
            [(name, value)] = inner.items()
            wanted = value if kind == "terms" else [value]
            return any(held in wanted for held in _held(name, one, document))
        case "range":
            [(name, bounds)] = inner.items()
            return any(
                all(_BOUNDS[word](held, bound) for word, bound in bounds.items()) for held in _held(name, one, document)
            )
    raise ValueError(f"no query of kind {kind}")


def _held(name: str, one: str, document: Mapping[str, Any]) -> list[Any]:
    """The values of a field; texts only under its ``.keyword``, numbers only under its own name."""
    if name == "_id":
        return [one]
    value: Any = document
    for part in name.removesuffix(".keyword").split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    held = [] if value is None else _list(value)
    return [item for item in held if isinstance(item, str) == name.endswith(".keyword")]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _missing(name: str) -> Answer:
    return _refused(404, "index_not_found_exception", f"no such index [{name}]")


def _refused(status: int, kind: str, reason: str) -> Answer:
    return Answer(status, {"error": {"type": kind, "reason": reason, "root_cause": []}, "status": status})
