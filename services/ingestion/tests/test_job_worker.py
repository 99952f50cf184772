"""Workers: heartbeats, time limits, clean stops, waking."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ragstone_clients.ingestion import Upload
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_contracts.errors import Unavailable

from .conftest import World, document, new_collection, new_world, put, settled, text_of


@pytest.mark.requirement("ING-2")
async def test_a_job_five_leases_long_runs_once(tmp_path: Path) -> None:
    async def slowly(_: str) -> None:
        await asyncio.sleep(4.1)

    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path)
    world.parser.before = slowly
    changes: dict[str, Any] = {"lease_seconds": 0.8, "poll_seconds": 0.05}
    async with world.api(embedded_worker=True, **changes) as (_, client), world.api(embedded_worker=True, **changes):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        accepted = await client.upload(world.caller(), Upload("demo", "a.txt", b"A stone."))
        ready = await settled(client, world.caller(), accepted.document_id)
    assert (ready.state, ready.attempts) == (DocumentState.READY, 1)
    assert world.parser.parsed == ["a.txt"]


async def test_an_upload_wakes_a_sleeping_worker(world: World) -> None:
    async with world.api(embedded_worker=True, poll_seconds=3600) as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        await asyncio.sleep(0.2)
        started = time.monotonic()
        accepted = await client.upload(world.caller(), Upload("demo", "a.txt", b"A stone."))
        assert (await settled(client, world.caller(), accepted.document_id)).state == DocumentState.READY
    assert time.monotonic() - started < 10


async def test_one_upload_wakes_one_worker_and_many_wake_all(world: World) -> None:
    running = 0
    together = asyncio.Event()

    async def meet(_: str) -> None:
        nonlocal running
        running += 1
        if running == 2:
            together.set()
        await asyncio.wait_for(together.wait(), 10)

    world.parser.before = meet
    async with world.api(embedded_worker=True, poll_seconds=3600, concurrency=2) as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        await asyncio.sleep(0.1)
        for name in ("a.txt", "b.txt"):
            accepted = await client.upload(world.caller(), Upload("demo", name, name.encode()))
        assert (await settled(client, world.caller(), accepted.document_id)).state == DocumentState.READY


@pytest.mark.requirement("ING-4")
async def test_an_attempt_over_its_time_ends_with_that_reason(world: World) -> None:
    async def hang(_: str) -> None:
        await asyncio.sleep(3600)

    world.parser.before = hang
    world.settings.job_seconds, world.settings.max_attempts = 0.2, 1
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", "A stone.")
        await ingestion.worker.drain()
        failed = await document(ingestion, accepted)
    assert failed.state == DocumentState.FAILED
    assert failed.step == "parse"
    assert failed.error is not None
    assert failed.error.code == "timed_out"


async def test_a_stopped_worker_hands_its_job_back(world: World) -> None:
    reached = asyncio.Event()

    async def hang(_: str) -> None:
        reached.set()
        await asyncio.sleep(3600)

    world.parser.before = hang
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", "A stone.")
        ingestion.worker.start()
        await asyncio.wait_for(reached.wait(), 10)
        await ingestion.worker.stop()
        queued = await document(ingestion, accepted)
        world.parser.before = lambda filename: None
        await ingestion.worker.drain()
        ready = await document(ingestion, accepted)
    assert (queued.state, queued.attempts) == (DocumentState.QUEUED, 0)
    assert (ready.state, ready.attempts) == (DocumentState.READY, 1)


async def test_a_worker_stops_even_when_it_cannot_hand_its_job_back(world: World) -> None:
    reached = asyncio.Event()

    async def hang(_: str) -> None:
        reached.set()
        await asyncio.sleep(3600)

    world.parser.before = hang
    async with world.process() as ingestion:
        await put(ingestion, await new_collection(ingestion), "a.txt", "A stone.")
        ingestion.worker.start()
        await asyncio.wait_for(reached.wait(), 10)
        async with ingestion.stores.database.write() as connection:
            await connection.execute(text("ALTER TABLE jobs RENAME TO away"))
        await asyncio.wait_for(ingestion.worker.stop(), 10)


async def test_an_embedder_that_is_away_for_a_while_costs_attempts_and_not_the_document(world: World) -> None:
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", text_of("grey"))

        def away(_: str) -> None:
            raise Unavailable("cannot reach the router")

        world.parser.before = away
        await ingestion.worker.drain()
        waiting = await document(ingestion, accepted)
        world.parser.before = lambda filename: None
        world.clock.now += 5
        await ingestion.worker.drain()
        ready = await document(ingestion, accepted)
    assert (waiting.state, waiting.attempts) == (DocumentState.QUEUED, 1)
    assert waiting.error is not None
    assert waiting.error.code == "unavailable"
    assert (ready.state, ready.attempts, ready.error) == (DocumentState.READY, 2, None)
