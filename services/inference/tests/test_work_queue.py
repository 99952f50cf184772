import asyncio
import threading
from collections.abc import Iterator

import pytest

from ragstone_inference.work_queue import WorkQueue


@pytest.fixture
def work() -> Iterator[WorkQueue]:
    queue = WorkQueue()
    yield queue
    queue.close()


async def test_urgent_work_overtakes_what_is_queued(work: WorkQueue) -> None:
    gate = threading.Event()
    done: list[str] = []
    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    slow = [asyncio.create_task(work.run(lambda: done.append("slow"), urgent=False)) for _ in range(3)]
    await asyncio.sleep(0)
    fast = asyncio.create_task(work.run(lambda: done.append("fast"), urgent=True))
    await asyncio.sleep(0)

    gate.set()
    await asyncio.gather(first, fast, *slow)

    assert done == ["fast", "slow", "slow", "slow"]


async def test_requests_take_turns_and_none_is_overtaken_for_ever(work: WorkQueue) -> None:
    gate = threading.Event()
    done: list[str] = []

    def request(name: str, pieces: int) -> list[asyncio.Task[None]]:
        runs = (work.run(lambda: done.append(name), urgent=False, place=place) for place in range(pieces))
        return [asyncio.create_task(run) for run in runs]

    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    waiting = request("long", 5)
    await asyncio.sleep(0)
    waiting += request("short", 2)
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *waiting)
    await asyncio.gather(*request("later", 1))

    assert done == ["long", "short", "long", "short", "long", "long", "long", "later"]


async def test_work_nobody_waits_for_any_more_is_skipped(work: WorkQueue) -> None:
    gate = threading.Event()
    done: list[str] = []
    first = asyncio.create_task(work.run(gate.wait, urgent=False))
    await asyncio.sleep(0.02)
    given_up = asyncio.create_task(work.run(lambda: done.append("given up"), urgent=False))
    await asyncio.sleep(0.02)
    given_up.cancel()
    await asyncio.sleep(0)

    gate.set()
    await first
    await work.run(lambda: done.append("last"), urgent=False)

    assert done == ["last"]


async def test_an_error_reaches_who_asked_and_the_queue_goes_on(work: WorkQueue) -> None:
    with pytest.raises(ZeroDivisionError):
        await work.run(lambda: 1 / 0, urgent=False)

    assert await work.run(lambda: 1 + 1, urgent=True) == 2
