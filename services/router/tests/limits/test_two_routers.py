"""Budgets that two routers keep together, as processes of their own, over a real Redis."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi import FastAPI
from services.router.tests.conftest import SECRET

from ragstone_contracts.identity import Identity
from ragstone_kit.identity import IdentityTokens
from ragstone_testing.scripted_models import Script, ScriptedModelServer

PROMPT, ANSWER = 2, 4
"""The tokens that the model's server counts of each request, where the estimate of the prompt is higher."""
BUDGETS = {"requests": 50.0, "tokens": 50.0 * (PROMPT + ANSWER), "usd": 50.0}
"""Of fifty requests; a tenant is called as what is counted for it."""
LAPSE = 1.5


@dataclass
class Running:
    process: "subprocess.Popen[bytes]"
    url: str

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


def routes(url: str) -> dict[str, Any]:
    limits = [{"holder": "tenant", "name": name, f"{name}_per_month": most} for name, most in BUDGETS.items()]
    limits.append({"holder": "tenant", "name": "killed", "usd_per_month": 1})
    model = {"provider": "near", "model": "big-writer", "price": {"input": 0, "output": 250_000}}
    providers = {"near": {"kind": "openai-compatible", "url": url}}
    return {"providers": providers, "models": {"dear": {"deployments": [model]}}, "limits": limits}


@pytest.fixture(scope="module")
def model() -> ScriptedModelServer:
    return ScriptedModelServer(model="big-writer", usual=Script(tokens=["Well", " written", ".", " [1]"]))


@pytest.fixture(scope="module")
def routes_file(tmp_path_factory: pytest.TempPathFactory, model: ScriptedModelServer) -> Iterator[Path]:
    with model.listening() as url:
        path = tmp_path_factory.mktemp("routes") / "routes.yaml"
        path.write_text(yaml.safe_dump(routes(url)))
        yield path


def start(routes_file: Path, redis_server: Path, **settings: object) -> Running:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {
        "internal_secret": SECRET.get_secret_value(),
        "inference_url": "http://127.0.0.1:9",
        "port": port,
        "routes": routes_file,
        "redis_url": f"unix://{redis_server}",
        **settings,
    }
    environment = {f"RAGSTONE_ROUTER__{name.upper()}": str(value) for name, value in said.items()}
    process = subprocess.Popen([sys.executable, "-m", "ragstone_router"], env=os.environ | environment)
    return Running(process, f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def routers(routes_file: Path, redis_server: Path) -> Iterator[list[Running]]:
    """Two of a kind, and one whose reservations lapse soon."""
    started = [start(routes_file, redis_server) for _ in range(2)]
    started.append(start(routes_file, redis_server, reservation_seconds=LAPSE))
    for one in started:
        _wait_for(one)
    yield started
    for one in started:
        if one.process.poll() is None:
            one.kill()


def _wait_for(router: Running) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"{router.url}/healthz").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the router did not start")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=200)) as opened:
        yield opened


def headers(tenant: str) -> dict[str, str]:
    caller = IdentityTokens(SECRET).mint(Identity(tenant=tenant, user="ann"))
    return {"authorization": f"Bearer {caller.token}"}


def question(**more: Any) -> dict[str, Any]:
    return {"model": "dear", "messages": [{"role": "user", "content": "Say it."}], "max_tokens": ANSWER, **more}


async def ask(client: httpx.AsyncClient, url: str, tenant: str, **more: Any) -> int:
    answer = await client.post(f"{url}/v1/chat/completions", headers=headers(tenant), json=question(**more))
    return answer.status_code


async def used(client: httpx.AsyncClient, url: str, tenant: str) -> float:
    [limit] = (await client.get(f"{url}/v1/limits", headers=headers(tenant))).json()["limits"]
    return float(limit["used"])


def check(measure: str, statuses: list[int], spent: float) -> None:
    """What two hundred at once may have spent of a budget of fifty: never more, and all of it where that is exact."""
    of_each = {"requests": 1.0, "tokens": float(PROMPT + ANSWER), "usd": 1.0}[measure]
    answered = statuses.count(200)
    assert set(statuses) <= {200, 402 if measure == "usd" else 429}
    assert spent == answered * of_each <= BUDGETS[measure]
    assert answered == 50 if measure != "tokens" else answered > 0


@pytest.mark.requirement("RTR-5")
@pytest.mark.parametrize("measure", BUDGETS)
async def test_two_hundred_at_once_over_two_routers_spend_no_more_than_a_budget_of_fifty(
    measure: str, routers: list[Running], client: httpx.AsyncClient, model: ScriptedModelServer
) -> None:
    before = len(model.received)
    statuses = await asyncio.gather(*(ask(client, routers[number % 2].url, measure) for number in range(200)))
    check(measure, statuses, await used(client, routers[0].url, measure))
    assert len(model.received) - before == statuses.count(200)


@pytest.mark.requirement("RTR-5")
@pytest.mark.parametrize("measure", BUDGETS)
async def test_two_hundred_at_once_in_one_process_spend_no_more_than_a_budget_of_fifty(
    measure: str, routes_file: Path, make_app: Callable[..., FastAPI]
) -> None:
    app = make_app(routes=routes_file)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://router") as inside,
    ):
        statuses = await asyncio.gather(*(ask(inside, "http://router", measure) for _ in range(200)))
        check(measure, statuses, await used(inside, "http://router", measure))


@pytest.mark.requirement("RTR-5")
async def test_what_a_killed_router_had_set_aside_is_free_again(
    routers: list[Running], client: httpx.AsyncClient, model: ScriptedModelServer
) -> None:
    other, _, doomed = routers
    model.scripts.append(Script(tokens=["a"] * 4, token_delay=30))
    hanging = asyncio.create_task(ask(client, doomed.url, "killed", stream=True))
    async with asyncio.timeout(10):
        while await used(client, other.url, "killed") == 0:  # noqa: ASYNC110  another process sets it aside
            await asyncio.sleep(0.02)
    assert await used(client, other.url, "killed") == 1
    assert await ask(client, other.url, "killed") == 402
    doomed.kill()
    with pytest.raises(httpx.HTTPError):
        await hanging

    await asyncio.sleep(LAPSE)

    assert await used(client, other.url, "killed") == 0
    assert await ask(client, other.url, "killed") == 200
    assert await used(client, other.url, "killed") == 1


async def test_a_router_without_inference_lists_what_is_routed(
    routers: list[Running], client: httpx.AsyncClient
) -> None:
    answer = await client.get(f"{routers[0].url}/v1/models", headers=headers("acme"))
    assert "dear" in [one["id"] for one in answer.raise_for_status().json()["data"]]
