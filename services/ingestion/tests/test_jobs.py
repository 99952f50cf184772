"""Leases, fencing, attempts and dead letters."""

import pytest
from sqlalchemy import select

from ragstone_contracts.documents import DocumentState
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs import Lease
from ragstone_ingestion.tables import jobs
from ragstone_kit.tracing import configure_tracing, current_trace_id, span

from .conftest import World, document, new_collection, put, text_of


async def leased(ingestion: Ingestion, owner: str = "first") -> Lease:
    lease = await ingestion.stores.jobs.lease(owner)
    assert lease is not None
    return lease


async def test_a_job_has_one_holder_at_a_time(world: World) -> None:
    async with world.process() as ingestion:
        await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        await leased(ingestion)
        assert await ingestion.stores.jobs.lease("second") is None


@pytest.mark.requirement("ING-2")
async def test_a_stale_worker_cannot_write(world: World) -> None:
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        store = ingestion.stores.jobs
        frozen = await leased(ingestion)
        world.clock.now += world.settings.lease_seconds + 1
        current = await leased(ingestion, "second")
        assert (current.job_id, current.epoch) == (frozen.job_id, frozen.epoch + 1)
        frozen.journal.step = "embed"
        with pytest.raises(LeaseLost):
            await store.heartbeat(frozen)
        with pytest.raises(LeaseLost):
            await store.fail(frozen, ValueError("late"))
        with pytest.raises(LeaseLost):
            await store.hand_back(frozen)
        current.journal.step = "parse"
        await store.heartbeat(current)
        shown = await document(ingestion, accepted)
    assert (shown.step, shown.attempts, shown.error) == ("parse", 2, None)


async def test_the_only_worker_takes_up_what_a_killed_one_held_without_waiting(world: World) -> None:
    async with world.process() as ingestion:
        await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        store = ingestion.stores.jobs
        killed = await leased(ingestion)
        await store.end_all_leases()
        current = await leased(ingestion, "second")
        assert current.epoch == killed.epoch + 1
        with pytest.raises(LeaseLost):
            await store.heartbeat(killed)


@pytest.mark.requirement("ING-2")
async def test_a_worker_that_froze_before_it_activates_changes_nothing_when_it_wakes(world: World) -> None:
    async with world.process() as ingestion, world.process() as other:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("grey"))

        async def freeze_in_parse(_: str) -> None:
            """While this worker is frozen its lease runs out, and another one does the work."""
            world.parser.before = lambda filename: None
            world.clock.now += world.settings.lease_seconds + 1
            await other.worker.drain()

        world.parser.before = freeze_in_parse
        await ingestion.worker.drain()
        shown = await document(ingestion, accepted)
        chunks = await world.index.chunks(demo.id)
    assert (shown.state, shown.attempts, shown.active_version) == (DocumentState.READY, 2, 1)
    assert {chunk.born for chunk in chunks} == {1}


@pytest.mark.requirement("ING-4")
async def test_a_document_whose_worker_went_silent_does_not_look_as_if_it_ran(world: World) -> None:
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        await leased(ingestion)
        running = await document(ingestion, accepted)
        world.clock.now += world.settings.lease_seconds + 1
        silent = await document(ingestion, accepted)
    assert (running.state, silent.state) == (DocumentState.RUNNING, DocumentState.QUEUED)


async def test_a_failed_attempt_waits_twice_as_long_each_time(world: World) -> None:
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        store = ingestion.stores.jobs
        for attempt, wait in ((1, 5.0), (2, 10.0)):
            lease = await leased(ingestion)
            assert lease.attempts == attempt
            await store.fail(lease, OSError("disk"))
            assert 0.75 * wait <= (await store.next_due() or 0) <= wait
            assert await store.lease("early") is None
            world.clock.now += wait
        await store.fail(await leased(ingestion), OSError("disk"))
        failed = await document(ingestion, accepted)
        assert await store.next_due() is None
    assert (failed.state, failed.attempts) == (DocumentState.FAILED, 3)
    assert failed.error is not None
    assert failed.error.code == "internal"
    assert "OSError" in failed.error.detail
    assert "disk" not in failed.error.detail


async def test_uploading_a_failed_document_again_gives_it_new_attempts(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        first = await put(ingestion, demo, "a.txt", "A stone.")
        for _ in range(3):
            await ingestion.stores.jobs.fail(await leased(ingestion), OSError("disk"))
            world.clock.now += 100
        again = await put(ingestion, demo, "a.txt", "A stone.")
        await ingestion.worker.drain()
        ready = await document(ingestion, again)
    assert (again.document_id, again.version) == (first.document_id, 1)
    assert again.job_id != first.job_id
    assert (ready.state, ready.error) == (DocumentState.READY, None)


@pytest.mark.requirement("ING-3")
async def test_a_document_that_kills_every_worker_fails_alone_and_the_queue_moves_on(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        poison = await put(ingestion, demo, "poison.txt", "stone")
        world.clock.now += 1
        others = [await put(ingestion, demo, f"{number}.txt", text_of(str(number))) for number in range(3)]
        for _ in range(world.settings.max_attempts):
            lease = await leased(ingestion)
            assert lease.document_id == poison.document_id
            lease.journal.step = "parse"
            await ingestion.stores.jobs.heartbeat(lease)
            world.clock.now += world.settings.lease_seconds + 1
            await ingestion.stores.jobs.recover()
        await ingestion.worker.drain()
        states = [(await document(ingestion, one)).state for one in others]
        dead = await document(ingestion, poison)
    assert states == [DocumentState.READY] * 3
    assert (dead.state, dead.attempts) == (DocumentState.FAILED, 3)
    assert dead.error is not None
    assert dead.error.code == "worker_lost"


async def test_handing_back_makes_a_job_due_at_once_without_counting_the_attempt(world: World) -> None:
    async with world.process() as ingestion:
        await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        await ingestion.stores.jobs.hand_back(await leased(ingestion))
        again = await leased(ingestion, "second")
    assert (again.attempts, again.epoch) == (1, 2)


async def test_removing_things_is_tried_for_ever(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ingestion.collections.delete(world.caller().identity, demo.id)
        for _ in range(12):
            world.clock.now += 1000
            await ingestion.stores.jobs.fail(await leased(ingestion), OSError("bucket"))
        async with ingestion.stores.database.read() as connection:
            row = (await connection.execute(select(jobs.c.state, jobs.c.not_before))).one()
    assert row.state == "delayed"
    assert 225 <= row.not_before - world.clock.now <= 300


async def test_a_suspect_that_only_waited_to_be_alone_is_not_blamed_for_the_loss_of_its_worker(world: World) -> None:
    async with world.process() as ingestion:
        await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        for _ in range(10):
            lease = await leased(ingestion)
            world.clock.now += world.settings.lease_seconds + 1
        assert (lease.attempts, lease.is_suspect) == (2, True)
        assert (await leased(ingestion)).attempts == 2


@pytest.mark.requirement("OBS-1")
async def test_a_job_goes_on_with_the_trace_of_the_upload(world: World) -> None:
    configure_tracing()
    seen: list[str] = []
    world.parser.before = lambda filename: seen.append(current_trace_id())
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        with span("upload"):
            uploaded = current_trace_id()
            await put(ingestion, demo, "a.txt", "stone")
        await ingestion.worker.drain()
    assert seen == [uploaded]
