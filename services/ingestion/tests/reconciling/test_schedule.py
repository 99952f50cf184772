"""Reconciliation comes round by itself, once at a time, and is a job like any other."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import select

from ragstone_contracts.documents import NewCollection
from ragstone_contracts.maintenance import Reconciled, ReconcileReport
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.jobs import JobKind
from ragstone_ingestion.tables import jobs

from ..conftest import SECRET, World, new_collection, new_world, put, text_of  # noqa: TID252  tests are no packages

ORPHAN = "originals/t/00/00"


async def states(ingestion: Ingestion) -> list[str]:
    wanted = select(jobs.c.state).where(jobs.c.kind == JobKind.RECONCILE)
    async with ingestion.stores.database.read() as connection:
        return list(await connection.scalars(wanted))


async def test_it_is_due_a_period_after_the_first_collection_and_then_after_each_time(world: World) -> None:
    period = world.settings.reconcile_seconds
    async with world.process() as ingestion, world.process() as other:
        assert not await ingestion.schedule.queue_if_due()
        world.clock.now += period
        demo = await new_collection(ingestion)
        assert not await ingestion.schedule.queue_if_due()
        world.clock.now += period
        await ingestion.stores.objects.write(ORPHAN, b"stone")
        queued = await asyncio.gather(*(one.schedule.queue_if_due() for one in (ingestion, other) * 3))
        assert sorted(queued) == [False] * 5 + [True]
        await put(other, demo, "a.txt", text_of("grey", 1))
        await other.worker.drain()
        assert await states(ingestion) == ["done"]
        assert not await ingestion.stores.objects.exists(ORPHAN)
        assert not await other.schedule.queue_if_due()
        world.clock.now += period
        assert await other.schedule.queue_if_due()
        world.clock.now += period
        assert not await ingestion.schedule.queue_if_due(), "it is under way still"
        assert await states(ingestion) == ["queued"]


async def test_the_service_queues_it_and_its_worker_runs_it(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)  # on the clock of the test, long ago
        await ingestion.stores.objects.write(ORPHAN, b"stone")
    async with world.api(embedded_worker=True, reconcile_seconds=0.2, poll_seconds=0.05) as (app, client):
        async with asyncio.timeout(30):
            while await app.state.ingestion.stores.objects.exists(ORPHAN):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert [one.name for one in (await client.list_collections(world.caller())).collections] == [demo.name]


async def test_it_can_be_kept_from_coming_round(world: World) -> None:
    async with world.process() as ingestion:
        await new_collection(ingestion)
    async with world.api(reconcile_seconds=0) as (app, _):
        await asyncio.sleep(0.05)
        assert await states(app.state.ingestion) == []


async def test_it_can_be_run_as_a_command_of_its_own(tmp_path: Path) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path)
    async with world.process() as ingestion:
        await new_collection(ingestion)
        await ingestion.stores.objects.write(ORPHAN, b"stone")
    settings = {
        "INTERNAL_SECRET": SECRET.get_secret_value(),
        "DATABASE_URL": world.settings.database_url,
        "OBJECTS_URL": world.settings.objects_url,
        "INDEX_URL": "memory:",
    }
    environment = os.environ | {f"RAGSTONE_INGESTION__{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "ragstone_ingestion.reconcile"]
    run = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, check=True)
    assert ReconcileReport.model_validate_json(run.stdout).stores["originals"] == Reconciled(found=1, removed=1)


async def test_it_can_be_asked_for_over_the_api(world: World) -> None:
    async with world.api() as (app, client):
        caller = world.caller()
        await client.create_collection(caller, NewCollection(name="demo"))
        await app.state.ingestion.stores.objects.write(ORPHAN, b"stone")
        dry = await client.reconcile(caller, dry_run=True)
        wet = await client.reconcile(caller)
    assert [(one.stores["originals"].found, one.stores["originals"].removed) for one in (dry, wet)] == [(1, 0), (1, 1)]
