"""Places in a stage, and running alone."""

import asyncio

import pytest

from ragstone_contracts.jobs import Priority
from ragstone_ingestion.solitude import Solitude
from ragstone_ingestion.stage_slots import StageSlots


async def test_a_free_place_goes_to_the_most_urgent_that_waits() -> None:
    slots, order = StageSlots({"embed": 1}), []

    async def one(name: str, priority: Priority) -> None:
        async with slots.slot("embed", priority):
            order.append(name)
            await asyncio.sleep(0)

    async with slots.slot("embed", Priority.BATCH):
        waiting = [
            asyncio.create_task(one(name, priority))
            for name, priority in (("b1", Priority.BATCH), ("b2", Priority.BATCH), ("i", Priority.INTERACTIVE))
        ]
        await asyncio.sleep(0)
        assert order == []
    await asyncio.gather(*waiting)
    assert order == ["i", "b1", "b2"]


async def test_the_interactive_have_a_place_of_their_own() -> None:
    slots = StageSlots({"embed": 1}, express=1)
    async with slots.slot("embed", Priority.BATCH), slots.slot("embed", Priority.INTERACTIVE):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), slots.slot("embed", Priority.INTERACTIVE):
                pass
    async with asyncio.timeout(1), slots.slot("embed", Priority.BATCH):
        pass


async def test_the_others_give_way_to_one_that_hurries_but_not_for_ever() -> None:
    slots = StageSlots({"embed": 1})

    async def batch() -> float:
        async with slots.slot("embed", Priority.BATCH):
            return asyncio.get_running_loop().time()

    with slots.present(Priority.INTERACTIVE):
        first = asyncio.create_task(batch())
        await asyncio.sleep(0.05)
        assert not first.done()
        ended = asyncio.get_running_loop().time()
    assert await first >= ended
    with slots.present(Priority.INTERACTIVE):
        await asyncio.wait_for(batch(), 10)


async def test_a_place_is_not_lost_with_one_that_stops_waiting() -> None:
    slots = StageSlots({"parse": 1})

    async def one() -> None:
        async with slots.slot("parse", Priority.BATCH):
            await asyncio.sleep(0)

    async with slots.slot("parse", Priority.BATCH):
        waiting = [asyncio.create_task(one()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
    waiting[1].cancel()  # just as the place was handed to it
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not waiting[2].cancelled()
    async with asyncio.timeout(1), slots.slot("parse", Priority.BATCH):
        pass


async def test_one_that_wants_to_be_alone_waits_for_the_others_and_they_for_it() -> None:
    solitude, running, seen = Solitude(), set[str](), dict[str, set[str]]()

    async def one(name: str, *, alone: bool = False) -> None:
        async with solitude.entered(alone=alone):
            running.add(name)
            await asyncio.sleep(0.01)
            seen[name] = set(running)
            running.remove(name)

    jobs = [one("a"), one("b"), one("suspect", alone=True), one("c"), one("d"), one("other", alone=True)]
    async with asyncio.timeout(5):
        await asyncio.gather(*jobs)
    assert seen["suspect"] == {"suspect"}
    assert seen["other"] == {"other"}
    assert "b" in seen["a"]
    assert "suspect" not in seen["c"] | seen["d"]


async def test_others_give_way_to_a_job_that_is_on_its_way_in() -> None:
    slots = StageSlots({})
    slots.expect(Priority.BATCH)
    await asyncio.wait_for(slots.give_way(Priority.BATCH), 0.05)

    slots.expect(Priority.INTERACTIVE)
    waiting = asyncio.create_task(slots.give_way(Priority.BATCH))
    await asyncio.sleep(0.02)
    assert not waiting.done()
    await asyncio.wait_for(waiting, 2)
