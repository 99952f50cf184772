import pytest
from fastapi import FastAPI

from ragstone_contracts.identity import Identity

from .conftest import http

WRITES = [("POST", "/v1/connectors"), ("POST", "/v1/connectors/c1/sync"), ("DELETE", "/v1/connectors/c1")]
NEW = {"name": "a", "kind": "web", "collection": "c", "config": {}}


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_a_key_that_may_only_read_changes_no_connector(gateway: FastAPI, method: str, path: str) -> None:
    new = await gateway.state.api_keys.create(Identity(tenant="t", user="ada", scopes=["read"]))
    async with http(gateway, authorization=f"Bearer {new.key}") as client:
        response = await client.request(method, path, json=NEW if path == "/v1/connectors" else None)
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")


@pytest.mark.parametrize(
    "wrong",
    [{"name": "../a"}, {"name": "a/b"}, {"every_seconds": 5}, {"acl": ["ada"]}, {"filters": {"delete_share": 2}}],
)
async def test_a_connector_that_cannot_be_is_refused_at_the_door(gateway: FastAPI, wrong: dict[str, object]) -> None:
    new = await gateway.state.api_keys.create(Identity(tenant="t", user="ada", scopes=["read", "write"]))
    async with http(gateway, authorization=f"Bearer {new.key}") as client:
        response = await client.post("/v1/connectors", json=NEW | wrong)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
