"""Budgets and the ledger, through the router's own door."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RemoteProblem
from ragstone_contracts.identity import Identity
from ragstone_contracts.models import EXTRACTIVE
from ragstone_contracts.usage import UsageQuery, UsageReport
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_testing.scripted_models import Script, ScriptedModelServer

QUESTION = [{"role": "user", "content": "Say it."}]
MakeApp = Callable[..., FastAPI]
OpenRouter = Callable[..., Awaitable[FastAPI]]


def routes(url: str, *limits: dict[str, Any], price: Any = None) -> dict[str, Any]:
    dear = {"provider": "near", "model": "big-writer", "price": price or {"input": 0, "output": 1_000_000}}
    own = {"provider": "ragstone", "model": EXTRACTIVE}
    providers = {"near": {"kind": "openai-compatible", "url": url}}
    models = {"fast": {"deployments": [dear]}, "careful": {"deployments": [dear, own]}}
    return {"providers": providers, "models": models, "limits": list(limits)}


@pytest.fixture
async def open_router(tmp_path: Path, make_app: MakeApp, writer_url: str) -> AsyncIterator[OpenRouter]:
    apps: list[FastAPI] = []

    async def opened(*limits: dict[str, Any], price: Any = None) -> FastAPI:
        path = tmp_path / "routes.yaml"
        path.write_text(yaml.safe_dump(routes(writer_url, *limits, price=price)))
        apps.append(make_app(routes=path, database_url=f"sqlite+aiosqlite:///{tmp_path}/router.db"))
        await apps[-1].state.proxy.accounts.ledger.open()
        return apps[-1]

    yield opened
    for app in apps:
        await app.state.proxy.accounts.close()


async def ask(app: FastAPI, caller: Caller, model: str = "fast", **options: Any) -> tuple[int, dict[str, str], bytes]:
    body = orjson.dumps({"model": model, "messages": QUESTION, **options})
    headers = {"authorization": f"Bearer {caller.token}"}
    async with AsgiTransport(app).send(Request("POST", "/v1/chat/completions", headers, body)) as response:
        return response.status, dict(response.headers), await response.read()


async def usage(app: FastAPI, caller: Caller, *by: str) -> UsageReport:
    return await RouterClient(AsgiTransport(app)).usage(caller, UsageQuery.model_validate({"by": list(by)}))


@pytest.mark.requirement("RTR-5")
async def test_two_hundred_at_once_against_a_budget_of_fifty_spend_no_more(
    open_router: OpenRouter, caller: Caller, writer: ScriptedModelServer
) -> None:
    app = await open_router({"holder": "tenant", "usd_per_day": 50}, price={"input": 0, "output": 250_000})

    answers = await asyncio.gather(*(ask(app, caller, max_tokens=4) for _ in range(200)))

    statuses = [status for status, _, _ in answers]
    assert (statuses.count(200), statuses.count(402)) == (50, 150)
    assert len(writer.received) == 50
    problem = orjson.loads(next(body for status, _, body in answers if status == 402))
    assert problem["code"] == "budget_spent"
    [row] = (await usage(app, caller, "user")).rows
    assert (row.user, row.requests, row.cost_usd, row.of_unknown_cost) == ("ann", 50, 50.0, 0)


@pytest.mark.requirement("RTR-5")
async def test_a_rate_is_refused_with_the_time_to_come_again(
    open_router: OpenRouter, caller: Caller, tokens: IdentityTokens
) -> None:
    app = await open_router({"holder": "user", "requests_per_minute": 2})
    answers = [await ask(app, caller) for _ in range(3)]
    statuses = [status for status, _, _ in answers]
    _, headers, _ = await ask(app, caller)

    assert statuses == [200, 200, 429]
    assert [told.get("x-ratelimit-remaining-requests") for _, told, _ in answers] == ["1", "0", None]
    assert 1 <= int(headers["retry-after"]) <= 60
    assert (await ask(app, tokens.mint(Identity(tenant="acme", user="bob"))))[0] == 200


@pytest.mark.requirement("RTR-3")
async def test_what_is_over_the_budget_goes_to_a_model_that_is_not(
    open_router: OpenRouter, tokens: IdentityTokens, writer: ScriptedModelServer
) -> None:
    app = await open_router()
    poor = tokens.mint(Identity(tenant="acme", user="ann", budget_usd=0.5))

    status, headers, _ = await ask(app, poor, "careful", max_tokens=4)

    assert (status, headers["x-ragstone-model"]) == (200, EXTRACTIVE)
    assert headers["x-ragstone-fallback"] == "big-writer; budget"
    assert writer.received == []
    status, _, body = await ask(app, poor, "fast", max_tokens=4)
    assert (status, orjson.loads(body)["code"]) == (402, "budget_spent")


async def test_a_model_of_unknown_price_is_kept_out_of_a_budget(
    open_router: OpenRouter, tokens: IdentityTokens, caller: Caller, tmp_path: Path
) -> None:
    app = await open_router()
    path = tmp_path / "routes.yaml"
    said = yaml.safe_load(path.read_text())
    del said["models"]["careful"]["deployments"][0]["price"]
    path.write_text(yaml.safe_dump(said))
    await app.state.proxy._books.refresh()

    poor = tokens.mint(Identity(tenant="acme", user="ann", budget_usd=100))
    _, headers, _ = await ask(app, poor, "careful")
    assert headers["x-ragstone-fallback"] == "big-writer; price_unknown"
    _, headers, _ = await ask(app, caller, "careful")
    assert (headers["x-ragstone-model"], headers["x-ragstone-cost-usd"]) == ("big-writer", "unknown")
    [row] = (await usage(app, caller, "model")).rows[:1]
    assert (row.model, row.of_unknown_cost) == ("big-writer", 1)


async def test_a_stream_is_charged_as_its_server_counts_and_one_that_is_left_as_far_as_it_came(
    open_router: OpenRouter, caller: Caller, writer: ScriptedModelServer
) -> None:
    app = await open_router()
    client = RouterClient(AsgiTransport(app))
    async with client.chat(caller, "fast", QUESTION) as stream:
        assert "".join([piece async for piece in stream.text()]) == "Well written. [1]"
    counted = (await usage(app, caller, "user")).rows[0]
    assert (counted.requests, counted.completion_tokens, counted.cost_usd) == (1, 4, 4.0)

    writer.scripts.append(Script(tokens=["a "] * 50, token_delay=0.02))
    async with client.chat(caller, "fast", QUESTION) as stream:
        pieces = stream.text()
        for _ in range(5):
            await anext(pieces)
    both = (await usage(app, caller, "user")).rows[0]
    assert both.requests == 2
    assert 5 <= both.completion_tokens - 4 < 50


async def test_a_tenant_sees_its_own_usage_alone(
    open_router: OpenRouter, caller: Caller, tokens: IdentityTokens
) -> None:
    app = await open_router()
    await ask(app, caller)
    assert (await usage(app, tokens.mint(Identity(tenant="globex", user="ann")), "user")).rows == []
    assert [row.requests for row in (await usage(app, caller, "model", "wanted")).rows] == [1]


async def test_without_a_database_usage_is_not_known(make_app: MakeApp, caller: Caller) -> None:
    with pytest.raises(RemoteProblem, match="ledger"):
        await RouterClient(AsgiTransport(make_app())).usage(caller, UsageQuery())
