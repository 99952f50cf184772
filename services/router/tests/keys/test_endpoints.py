"""Keys through the router's own door."""

import time
from typing import Any

import httpx
import httpx2
import openai
import pytest
from fastapi import FastAPI
from services.router.tests.keys.conftest import Issue, client

from ragstone_contracts.identity import Identity
from ragstone_kit.identity import IdentityTokens

ASKED = {"model": "fast", "messages": [{"role": "user", "content": "Say it."}], "max_tokens": 4}


def official_client(app: FastAPI, key: str) -> openai.AsyncOpenAI:
    inside = httpx2.AsyncClient(transport=httpx2.ASGITransport(app))
    return openai.AsyncOpenAI(base_url="http://router/v1", api_key=key, max_retries=0, http_client=inside)


async def post(app: FastAPI, key: str, **body: Any) -> httpx.Response:
    async with client(app, key) as opened:
        return await opened.post("/v1/chat/completions", json=ASKED | body)


@pytest.mark.requirement("RTR-5")
async def test_the_official_client_needs_a_key_of_the_router_and_no_gateway(alone: FastAPI, issue: Issue) -> None:
    key = (await issue()).key
    async with official_client(alone, key) as official:
        answer = await official.chat.completions.create(**ASKED)  # type: ignore[call-overload]
        assert answer.choices[0].message.content == "Well written. [1]"
    async with official_client(alone, "rk-wrong") as official:
        with pytest.raises(openai.AuthenticationError):
            await official.models.list()


async def test_an_admin_issues_lists_disables_and_withdraws_keys(alone: FastAPI, issue: Issue) -> None:
    async with client(alone, (await issue(admin=True)).key) as admin:
        made = await admin.post("/v1/keys", json={"name": "bot", "user": "bot", "limits": {"usd_per_day": 2}})
        assert made.status_code == 201
        key, path = made.json()["key"], f"/v1/keys/{made.json()['id']}"
        assert (await post(alone, key)).status_code == 402, "its answer may cost more than the key has"
        assert (await post(alone, key, model="slow")).status_code == 200
        listed = (await admin.get("/v1/keys")).json()["keys"]
        assert [one["user"] for one in listed] == ["ann", "bot"]
        assert key not in str(listed)

        assert (await admin.patch(path, json={"disabled": True})).json()["disabled"]
        alone.state.callers._clock = lambda: time.monotonic() + 3
        assert (await post(alone, key, model="slow")).status_code == 401
        await admin.patch(path, json={"disabled": False})
        alone.state.callers._clock = lambda: time.monotonic() + 6
        assert (await post(alone, key, model="slow")).status_code == 200
        assert (await admin.delete(path)).status_code == 204
        alone.state.callers._clock = lambda: time.monotonic() + 9
        assert (await post(alone, key, model="slow")).status_code == 401


async def test_who_is_no_admin_issues_none_and_a_key_of_another_tenant_is_not_there(
    alone: FastAPI, issue: Issue
) -> None:
    plain, other = await issue(), await issue(tenant="globex", admin=True)
    async with client(alone, plain.key) as opened:
        refused = await opened.post("/v1/keys", json={"name": "more"})
        assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    async with client(alone, other.key) as opened:
        assert [one["id"] for one in (await opened.get("/v1/keys")).json()["keys"]] == [other.id]
        of_another = await opened.delete(f"/v1/keys/{plain.id}")
        unknown = await opened.delete("/v1/keys/none")
        assert of_another.status_code == unknown.status_code == 404
        assert of_another.json()["detail"] == unknown.json()["detail"]
    assert (await post(alone, plain.key)).status_code == 200


async def test_a_key_opens_the_models_it_names_alone(alone: FastAPI, issue: Issue) -> None:
    key = (await issue(models=["slow"])).key
    refused = await post(alone, key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "model_not_allowed")
    assert (await post(alone, key, model="slow")).status_code == 200
    async with client(alone, key) as opened:
        assert [one["id"] for one in (await opened.get("/v1/models")).json()["data"]] == ["slow"]


async def test_a_key_has_its_end(alone: FastAPI, issue: Issue) -> None:
    assert (await post(alone, (await issue(expires_at=time.time() + 60)).key)).status_code == 200
    assert (await post(alone, (await issue(expires_at=time.time() - 1)).key)).status_code == 401


async def test_internal_tokens_go_on_working_and_have_no_admin(alone: FastAPI, tokens: IdentityTokens) -> None:
    caller = tokens.mint(Identity(tenant="acme", user="ann"))
    assert (await post(alone, caller.token)).status_code == 200
    async with client(alone, caller.token) as opened:
        assert (await opened.get("/v1/keys")).status_code == 403


async def test_a_key_sees_what_it_used_and_what_is_left_and_an_admin_what_all_used(
    alone: FastAPI, issue: Issue
) -> None:
    mine, admin = await issue(limits={"requests_per_day": 10}), await issue(admin=True)
    for key in (mine, mine, admin):
        assert (await post(alone, key.key)).status_code == 200
    async with client(alone, mine.key) as opened:
        [used] = (await opened.get("/v1/usage", params={"by": ["key", "day"]})).json()["rows"]
        assert (used["key"], used["requests"], len(used["day"])) == (mine.id, 2, 10)
        [left] = (await opened.get("/v1/limits")).json()["limits"]
        assert (left["holder"], left["measure"], left["used"], left["remaining"]) == ("key", "requests", 2, 8)
    async with client(alone, admin.key) as opened:
        rows = (await opened.get("/v1/usage", params={"by": "key"})).json()["rows"]
        assert {row["key"]: row["requests"] for row in rows} == {mine.id: 2, admin.id: 1}


async def test_a_request_with_a_key_can_be_bounded(alone: FastAPI, issue: Issue) -> None:
    async with client(alone, (await issue()).key) as opened:
        refused = await opened.post("/v1/chat/completions", json=ASKED, headers={"x-ragstone-budget-usd": "0.5"})
    assert (refused.status_code, refused.json()["code"]) == (402, "budget_spent")
