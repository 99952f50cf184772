import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from ragstone_agents.arrivals import in_batches


async def numbers(count: int, *, fail: bool = False) -> AsyncIterator[int]:
    for number in range(count):
        yield number
    if fail:
        raise ConnectionError("broken off")


async def test_what_arrives_during_the_work_is_taken_together() -> None:
    gate = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        yield 0
        await gate.wait()
        for number in range(1, 4):
            yield number

    batches = []
    async for batch in in_batches(source()):
        batches.append(batch)
        gate.set()
        await asyncio.sleep(0.01)
    assert batches == [[0], [1, 2, 3]]


@pytest.mark.parametrize("count", [0, 1, 5])
async def test_an_error_comes_after_what_arrived_before_it(count: int) -> None:
    seen: list[int] = []
    with pytest.raises(ConnectionError):
        async for batch in in_batches(numbers(count, fail=True)):
            seen += batch
    assert seen == list(range(count))


async def test_leaving_early_stops_the_stream() -> None:
    stopped = asyncio.Event()

    async def endless() -> AsyncIterator[int]:
        try:
            yield 0
            await asyncio.sleep(60)
        finally:
            stopped.set()

    async with aclosing(in_batches(endless())) as batches:
        assert await anext(batches) == [0]
    assert stopped.is_set()
