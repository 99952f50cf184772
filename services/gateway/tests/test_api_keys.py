import httpx
import pytest
from fastapi import FastAPI

from ragstone_contracts.identity import Identity

from .conftest import Behind, http


async def test_a_key_speaks_for_its_user_at_the_services_behind(client: httpx.AsyncClient, behind: Behind) -> None:
    await client.post("/v1/chat", json={"question": "?", "collection": "c"})
    [caller] = behind.callers
    assert caller == Identity(tenant="t", user="ada", groups=["g"], scopes=["read", "write"], key=caller.key)
    assert caller.key


@pytest.mark.requirement("SEC-2")
@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer rs_wrong", "Basic YTpi"])
async def test_nobody_gets_in_without_a_known_key(gateway: FastAPI, authorization: str) -> None:
    async with http(gateway, **({"authorization": authorization} if authorization else {})) as client:
        response = await client.get("/v1/models")
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "unauthenticated"
    assert len(response.json()["trace_id"]) == 32


async def test_a_revoked_key_opens_nothing_any_more(gateway: FastAPI) -> None:
    keys = gateway.state.api_keys
    new = await keys.create(Identity(tenant="t", user="ada", scopes=["read"]))
    async with http(gateway, authorization=f"Bearer {new.key}") as client:
        assert (await client.get("/v1/models")).status_code == 200
        await keys.revoke(new.id)
        assert (await client.get("/v1/models")).status_code == 401


async def test_a_key_that_may_only_read_cannot_upload(gateway: FastAPI, behind: Behind) -> None:
    new = await gateway.state.api_keys.create(Identity(tenant="t", user="ada", scopes=["read"]))
    async with http(gateway, authorization=f"Bearer {new.key}") as client:
        response = await client.post("/v1/documents", data={"collection": "c"}, files={"file": ("a.txt", b"x")})
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")
    assert behind.uploads == []
