"""The server adapter over the client's own engine, which understands the same requests."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from ragstone_contracts.errors import InvalidRequest, Unavailable
from ragstone_index import VectorIndex, encode_query, open_index
from ragstone_index.qdrant_server import QdrantServerIndex
from ragstone_testing.parser_servers.recorded import Answer, Received, RecordedServer
from ragstone_testing.scripted_models import listening
from ragstone_testing.vector_index_contract import VectorIndexContract
from ragstone_testing.vector_index_samples import COLLECTION, EVERYONE, fill, stored, vector_of


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
@pytest.mark.requirement("RET-6")
class TestQdrantServerIndex(VectorIndexContract):
    @pytest.fixture
    async def index(self) -> AsyncIterator[VectorIndex]:
        index = QdrantServerIndex(":memory:")
        yield index
        await index.close()


async def test_a_server_that_is_away_is_unavailable() -> None:
    index = QdrantServerIndex("http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await index.ping()
    with pytest.raises(Unavailable):
        await index.sparse(COLLECTION, encode_query("fox"), EVERYONE, 5)
    await index.close()


class _Recorder(RecordedServer):
    """Answers as a server does that begins empty and finds nothing; what matters is what it is asked."""

    made: dict[str, Any] | None = None

    def answer(self, received: Received) -> Answer:
        path = received.path.removeprefix("/collections/").partition("/")[2]
        match received.method, path:
            case "GET", "exists":
                return _done({"exists": self.made is not None})
            case "GET", _:
                return _done(_described(self.made or {}))
            case "PUT", "":
                self.made = received.json()
                return _done(True)
            case "POST", "points/query/batch":
                return _done([{"points": []} for _ in received.json()["searches"]])
        return _done({"operation_id": 0, "status": "completed"})

    def sent(self, end: str) -> list[Any]:
        """The bodies of the requests to paths that end so."""
        return [one.json() for one in self.received if one.method != "GET" and one.path.endswith(end)]


def _done(result: Any) -> Answer:
    return Answer(body={"result": result, "status": "ok", "time": 0.0})


def _described(made: dict[str, Any]) -> dict[str, Any]:
    params = {"vectors": made["vectors"], "sparse_vectors": made["sparse_vectors"]}
    graph = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000}
    optimizers = {"deleted_threshold": 0.2, "vacuum_min_vector_number": 1000, "default_segment_number": 0}
    config = {"params": params, "hnsw_config": graph, "optimizer_config": optimizers | {"flush_interval_sec": 5}}
    return {"status": "green", "optimizer_status": "ok", "segments_count": 1, "config": config, "payload_schema": {}}


@pytest.fixture
def recorder() -> Iterator[tuple[_Recorder, str]]:
    recorder = _Recorder()
    with listening(recorder) as url:
        yield recorder, url


async def _one_round(url: str) -> None:
    index = open_index(url)
    await fill(index, stored("a"))
    await index.hybrid(COLLECTION, (vector_of("fox"), encode_query("fox")), EVERYONE, 5)
    await index.close()


@pytest.mark.requirement("RET-6")
async def test_a_collection_is_laid_out_and_asked_as_the_address_says(recorder: tuple[_Recorder, str]) -> None:
    server, url = recorder
    layout = "shards=6&replicas=3&write_consistency=2&on_disk_payload=true&quantization=scalar&m=32&ef_construct=200"
    await _one_round(f"{url}?{layout}&ef=128&exact_filters=true")
    made = server.made or {}
    assert [made[name] for name in ("shard_number", "replication_factor", "write_consistency_factor")] == [6, 3, 2]
    assert made["on_disk_payload"] is True
    assert made["hnsw_config"] == {"m": 32, "ef_construct": 200}
    assert made["quantization_config"] == {"scalar": {"type": "int8", "quantile": 0.99, "always_ram": True}}
    [asked] = server.sent("/points/query/batch")
    dense, sparse = asked["searches"]
    rescored = {"rescore": True, "oversampling": 2.0}
    assert dense["params"] == {"hnsw_ef": 128, "quantization": rescored, "acorn": {"enable": True}}
    assert sparse["params"].keys() == {"idf"}


async def test_what_the_address_does_not_say_is_left_to_the_server(recorder: tuple[_Recorder, str]) -> None:
    server, url = recorder
    await _one_round(url)
    assert (server.made or {}).keys() == {"vectors", "sparse_vectors", "metadata"}
    [asked] = server.sent("/points/query/batch")
    assert "params" not in asked["searches"][0]


@pytest.mark.requirement("RET-1")
async def test_the_tenant_is_told_to_the_server_and_asked_for_in_both_legs(recorder: tuple[_Recorder, str]) -> None:
    server, url = recorder
    await _one_round(url)
    indexes = {one["field_name"]: one["field_schema"] for one in server.sent("/index")}
    assert indexes["tenant"] == {"type": "keyword", "is_tenant": True}
    assert indexes["acl"] == {"type": "keyword", "is_tenant": False}
    [asked] = server.sent("/points/query/batch")
    for leg in asked["searches"]:
        conditions = {one["key"]: one.get("match") or one["range"] for one in leg["filter"]["must"]}
        assert conditions == {"tenant": {"value": "acme"}, "acl": {"any": ["*"]}, "born": {"lte": 5}, "died": {"gt": 5}}


@pytest.mark.parametrize("query", ["shard=2", "shards=0", "shards=two", "on_disk_payload=perhaps", "quantization=half"])
def test_a_setting_that_is_none_is_refused(query: str) -> None:
    with pytest.raises(InvalidRequest, match="vector server"):
        open_index(f"http://127.0.0.1:1?{query}")
