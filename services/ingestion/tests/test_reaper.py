"""The reaper: nothing that is due depends on somebody asking for it by chance."""

import asyncio

import pytest
from sqlalchemy import event

from ragstone_contracts.documents import DocumentState
from ragstone_contracts.errors import Unavailable
from ragstone_contracts.jobs import Priority
from ragstone_ingestion import job_metrics
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.jobs import Recovered
from ragstone_ingestion.reaper import Reaper
from ragstone_ingestion.waker import InProcessWaker

from .conftest import World, document, new_collection, put


class Messages:
    """Queues of wake-ups, as a broker keeps them."""

    def __init__(self) -> None:
        self.sent = dict.fromkeys(Priority, 0)
        self.away = False

    async def waiting(self, priority: Priority) -> int:
        if self.away:
            raise Unavailable("the broker is away")
        return self.sent[priority]

    async def wake(self, priority: Priority, jobs: int) -> None:
        self.sent[priority] += jobs


def reaper_of(ingestion: Ingestion, broker: Messages | None = None, seconds: float = 3600) -> Reaper:
    return Reaper(ingestion.stores.jobs, ingestion.overview, seconds, local=InProcessWaker(), broker=broker)


@pytest.mark.requirement("ING-1")
async def test_a_message_that_was_never_sent_is_sent_by_the_reaper_and_only_once(world: World) -> None:
    """The process that accepted the upload died between its commit and the message."""
    messages = Messages()
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        for number in range(3):
            await put(ingestion, demo, f"{number}.txt", "stone")
        for _ in range(2):
            await reaper_of(ingestion, messages).reap()
        messages.sent[Priority.INTERACTIVE] -= 1
        await ingestion.worker.run_next()
        await reaper_of(ingestion, messages).reap()
    assert messages.sent == {Priority.INTERACTIVE: 2, Priority.BATCH: 0, Priority.MAINTENANCE: 0}


@pytest.mark.requirement("ING-2")
async def test_what_a_silent_worker_held_is_queued_without_any_worker_asking(world: World) -> None:
    async with world.process() as ingestion:
        accepted = await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        for attempt in range(1, world.settings.max_attempts + 1):
            lease = await ingestion.stores.jobs.lease("doomed")
            assert lease is not None
            lease.journal.step = "parse"
            await ingestion.stores.jobs.heartbeat(lease)
            world.clock.now += world.settings.lease_seconds + 1
            last = attempt == world.settings.max_attempts
            assert await reaper_of(ingestion).reap() == Recovered(lost=1, dead=last)
        dead = await document(ingestion, accepted)
        why = (await ingestion.why.about(world.caller().identity, accepted.document_id)).decisions
    assert dead.state == DocumentState.FAILED
    assert dead.error is not None
    assert dead.error.code == "worker_lost"
    assert [one.facts["code"] for one in why if "attempt" in one.facts] == ["worker_lost"] * 3


async def test_a_reaper_outlives_a_broker_that_is_away(world: World) -> None:
    messages = Messages()
    messages.away = True
    async with world.process() as ingestion:
        await put(ingestion, await new_collection(ingestion), "a.txt", "stone")
        reaper = reaper_of(ingestion, messages, seconds=0.05)
        reaper.start()
        await asyncio.sleep(0.2)
        messages.away = False
        async with asyncio.timeout(10):
            while not messages.sent[Priority.INTERACTIVE]:  # noqa: ASYNC110  it is told by nothing else
                await asyncio.sleep(0.01)
        await reaper.stop()


async def test_metrics_show_the_depth_the_oldest_and_the_dead_letters(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await put(ingestion, demo, "blank.txt", " ")
        await put(ingestion, demo, "a.txt", "stone")
        world.clock.now += 7
        await reaper_of(ingestion).reap()
        depth = job_metrics.DEPTH.labels("queued", "interactive")._value.get()
        assert (depth, job_metrics.OLDEST._value.get()) == (2, 7)
        await ingestion.worker.drain()
        await reaper_of(ingestion).reap()
        assert job_metrics.OLDEST._value.get() == 0


@pytest.mark.requirement("PERF-2")
async def test_a_small_document_costs_five_write_transactions(world: World) -> None:
    began = 0

    def count(*_: object) -> None:
        nonlocal began
        began += 1

    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        event.listen(ingestion.stores.database._writing.sync_engine, "begin", count)
        await put(ingestion, demo, "a.txt", "A stone.")
        uploaded = began
        await ingestion.worker.run_next()
        worked = began - uploaded
    assert (uploaded, worked) == (1, 4)
