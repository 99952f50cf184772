"""Tenants take turns, whatever they have queued."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert, text

from ragstone_contracts.documents import Collection, NewCollection
from ragstone_contracts.identity import Identity
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.jobs import JobKind, JobState, Lease, NewJob, Priority, add_job, call_off
from ragstone_ingestion.tables import jobs
from ragstone_ingestion.uploads import Arrival

from ..conftest import World, pieces  # noqa: TID252  tests are no packages


async def collection_of(ingestion: Ingestion, tenant: str) -> Collection:
    return await ingestion.collections.create(Identity(tenant=tenant, user="u"), NewCollection(name="demo"))


async def upload(ingestion: Ingestion, collection: Collection, tenant: str, name: str) -> str:
    arrival = Arrival(name, pieces(b"A stone."))
    return (await ingestion.uploads.take(Identity(tenant=tenant, user="u"), collection, arrival)).job_id


async def queue(
    ingestion: Ingestion, collection: Collection, tenant: str, count: int, priority: Priority = Priority.BATCH
) -> None:
    async with ingestion.stores.database.write() as connection:
        for _ in range(count):
            new = NewJob(JobKind.INGEST, tenant, collection.id, priority=priority)
            await add_job(connection, new, ingestion.stores.jobs.now())


async def leases(ingestion: Ingestion, count: int) -> AsyncIterator[Lease]:
    for _ in range(count):
        lease = await ingestion.stores.jobs.lease("worker")
        assert lease is not None
        yield lease


@pytest.mark.requirement("ING-10")
async def test_the_single_document_of_a_tenant_is_the_very_next_after_hundreds_of_another(world: World) -> None:
    async with world.process() as ingestion:
        flood, single = await collection_of(ingestion, "a"), await collection_of(ingestion, "b")
        for number in range(40):
            await upload(ingestion, flood, "a", f"{number}.txt")
        await queue(ingestion, flood, "a", 260 if ingestion.stores.database.is_sqlite else 60)
        _ = [lease async for lease in leases(ingestion, 40)]
        job_id = await upload(ingestion, single, "b", "one.txt")
        [lease] = [lease async for lease in leases(ingestion, 1)]
    assert (lease.tenant, lease.job_id) == ("b", job_id)


@pytest.mark.requirement("ING-10")
async def test_among_equals_too_a_newcomer_is_next_and_then_tenants_alternate(world: World) -> None:
    async with world.process() as ingestion:
        where = await collection_of(ingestion, "a")
        await queue(ingestion, where, "a", 20)
        _ = [lease async for lease in leases(ingestion, 5)]
        await queue(ingestion, where, "b", 4)
        await queue(ingestion, where, "c", 2)
        order = "".join([lease.tenant async for lease in leases(ingestion, 12)])
    assert order[:2] == "bc"
    assert sorted(order[2:5]) == ["a", "b", "c"]
    assert order[5:].replace("b", "", 2).startswith("aa")
    assert (order.count("b"), order.count("c")) == (4, 2)


async def test_a_tenant_that_comes_back_again_and_again_keeps_nobody_waiting(world: World) -> None:
    """It has one job queued at all times: the others get every second turn all the same."""
    async with world.process() as ingestion:
        where = await collection_of(ingestion, "a")
        await queue(ingestion, where, "a", 20)
        await queue(ingestion, where, "b", 1)
        served = ""
        for _ in range(12):
            [lease] = [lease async for lease in leases(ingestion, 1)]
            served += lease.tenant
            if lease.tenant == "b":
                await queue(ingestion, where, "b", 1)
    assert 5 <= served.count("a") <= 7


async def test_who_had_much_done_in_the_past_does_not_wait_for_it_later(world: World) -> None:
    async with world.process() as ingestion:
        where = await collection_of(ingestion, "a")
        await queue(ingestion, where, "a", 30)
        async for lease in leases(ingestion, 30):
            async with ingestion.stores.database.write() as connection:
                await ingestion.stores.jobs.done(connection, lease)
        await queue(ingestion, where, "b", 30)
        _ = [lease async for lease in leases(ingestion, 3)]
        await queue(ingestion, where, "a", 1)
        [lease] = [lease async for lease in leases(ingestion, 1)]
    assert lease.tenant == "a"


async def test_the_more_urgent_goes_first_and_each_lane_takes_its_own(world: World) -> None:
    async with world.process() as ingestion:
        where = await collection_of(ingestion, "a")
        for priority in reversed(Priority):
            await queue(ingestion, where, "a", 1, priority)
        store = ingestion.stores.jobs
        maintenance = await store.lease("worker", priority=Priority.MAINTENANCE)
        order = [lease.priority async for lease in leases(ingestion, 2)]
    assert maintenance is not None
    assert maintenance.priority == Priority.MAINTENANCE
    assert order == [Priority.INTERACTIVE, Priority.BATCH]


async def test_uploads_beyond_a_few_are_a_batch(world: World) -> None:
    world.settings.hurry_jobs = 3
    async with world.process() as ingestion:
        where = await collection_of(ingestion, "a")
        for number in range(5):
            await upload(ingestion, where, "a", f"{number}.txt")
        priorities = [lease.priority async for lease in leases(ingestion, 5)]
    assert priorities == [Priority.INTERACTIVE] * 3 + [Priority.BATCH] * 2


async def test_jobs_that_were_called_off_are_not_leased(world: World) -> None:
    async with world.process() as ingestion:
        where = await collection_of(ingestion, "a")
        await queue(ingestion, where, "a", 3)
        async with ingestion.stores.database.write() as connection:
            await call_off(connection, jobs.c.tenant == "a")
        assert await ingestion.stores.jobs.lease("worker") is None


@pytest.mark.requirement("ING-10")
async def test_the_next_of_20000_jobs_is_read_from_an_index(world: World) -> None:
    async with world.process() as ingestion:
        where = await collection_of(ingestion, "a")
        row = {
            "collection_id": where.id,
            "kind": "ingest",
            "state": JobState.QUEUED,
            "priority": 1,
            "not_before": 0.0,
            "created_at": 0.0,
            "updated_at": 0.0,
        }
        rows = [row | {"id": str(n), "tenant": f"t{n % 7}", "turn": n // 7 * 2} for n in range(20_000)]
        async with ingestion.stores.database.write() as connection:
            await connection.execute(insert(jobs), rows)
        async with ingestion.stores.database.write() as connection:
            await connection.execute(text("ANALYZE jobs"))
            explain = "EXPLAIN QUERY PLAN " if ingestion.stores.database.is_sqlite else "EXPLAIN "
            plan = await connection.execute(
                text(
                    explain + "SELECT * FROM jobs WHERE state = 'queued' AND not_before <= 1 "
                    "ORDER BY priority, turn, not_before LIMIT 1"
                )
            )
            steps = "\n".join(str(line) for line in plan)
    assert "jobs_in_turn" in steps
    assert "SORT" not in steps.upper()
    assert "TEMP B-TREE" not in steps
