"""A worker that froze must not write to the index, which cannot check epochs."""

import asyncio

import pytest

from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.fencing import fenced, held_leases
from ragstone_ingestion.jobs import JobKind, Lease, boot_time

from .conftest import World, new_collection, put


def lease() -> Lease:
    return Lease("job", 1, JobKind.INGEST, "t", "c", "d", 1, 1)


@pytest.mark.requirement("ING-2")
async def test_a_worker_without_a_recent_heartbeat_refuses_itself_every_write_to_the_index(world: World) -> None:
    index, frozen = fenced(world.index), lease()
    held_leases.set([frozen])
    await index.delete("c", "d")
    frozen.journal.safe_until = boot_time() - 1
    for write in (
        index.upsert("c", []),
        index.set_life("c", "d", 1, born=1),
        index.delete("c", "d"),
        index.drop("c"),
    ):
        with pytest.raises(LeaseLost):
            await write
    assert await index.chunks("c") == []


async def test_a_heartbeat_makes_writing_safe_again_and_a_late_one_does_not(world: World) -> None:
    async with world.process() as ingestion:
        await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        held = await ingestion.stores.jobs.lease("worker")
        assert held is not None
        first = held.journal.safe_until
        await asyncio.sleep(0.05)
        await ingestion.stores.jobs.heartbeat(held)
        assert held.journal.safe_until > first
        assert held.journal.safe_until < boot_time() + world.settings.lease_seconds
        world.clock.now += world.settings.lease_seconds + 1
        assert await ingestion.stores.jobs.lease("other") is not None
        before = held.journal.safe_until
        with pytest.raises(LeaseLost):
            await ingestion.stores.jobs.heartbeat(held)
        assert held.journal.safe_until == before
