"""Versions switch in one instant, whatever dies on the way."""

import asyncio
import copy
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ragstone_contracts.documents import Collection, DocumentState
from ragstone_index import IndexedChunk, InMemoryVectorIndex, StoredChunk
from ragstone_ingestion.assembly import Ingestion

from .conftest import ADA, World, document, new_collection, put, seen, text_of
from .kill_switch import Killed, KillSwitch

Ranges = dict[str, list[tuple[int, int]]]


class HalfwayIndex(InMemoryVectorIndex):
    """Lets others run in the middle of every operation, as an engine over a network would."""

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        for chunk in chunks:
            await asyncio.sleep(0)
            await super().upsert(collection, [chunk])

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        held = self._collections.get(collection, {})
        for chunk_id, one in list(held.items()):
            if (one.chunk.document_id, one.chunk.version) == (document_id, version):
                await asyncio.sleep(0)
                self._collections[collection] = {chunk_id: one}
                await super().set_life(collection, document_id, version, born=born, died=died)
                held[chunk_id] = self._collections[collection][chunk_id]
                self._collections[collection] = held

    async def chunks(
        self, collection: str, document_id: str | None = None, version: int | None = None
    ) -> list[StoredChunk]:
        await asyncio.sleep(0)
        return await super().chunks(collection, document_id, version)


async def whole(ingestion: Ingestion, demo: Collection, document_id: str, version: int) -> Ranges:
    """What a query must see when that version answers: all its chunks, and no others."""
    stored = await ingestion.stores.index.chunks(demo.id, document_id, version)
    return {f"{document_id}/{version}": sorted((chunk.start, chunk.end) for chunk in stored)}


async def visible(ingestion: Ingestion, demo: Collection) -> Ranges:
    sequence = (await ingestion.collections.find(ADA, demo.id)).sequence
    return seen(await ingestion.stores.index.chunks(demo.id), sequence)


@pytest.mark.requirement("ING-6")
async def test_concurrent_queries_see_all_of_one_version_and_nothing_of_the_other(world: World) -> None:
    world.index = HalfwayIndex()
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "wall.txt", text_of("first", 5))
        await ingestion.worker.drain()
        answers: list[Ranges] = [await visible(ingestion, demo)]
        stop = asyncio.Event()

        async def query() -> None:
            while not stop.is_set():
                answers.append(await visible(ingestion, demo))

        queries = asyncio.create_task(query())
        for number in range(2, 6):
            await put(ingestion, demo, "wall.txt", text_of(f"version {number}", 5 + number % 3))
            await ingestion.worker.drain()
        stop.set()
        await queries
        expected = [await whole(ingestion, demo, accepted.document_id, number) for number in range(1, 6)]
    order = [expected.index(answer) for answer in answers]
    assert order == sorted(order)
    assert set(order) == {0, 1, 2, 3, 4}


@pytest.mark.requirement("ING-1")
@pytest.mark.requirement("ING-6")
async def test_killed_at_any_point_a_new_version_becomes_ready_with_each_chunk_once(world: World) -> None:
    """Kill the worker of version 2 at its n-th touch of a store, for every n; then let another one take over."""
    expected: Ranges = {}
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        for at in itertools.count(step=_stride(world)):
            accepted = await put(ingestion, demo, f"wall {at}.txt", text_of(f"old {at}", 2))
            await ingestion.worker.drain()
            await put(ingestion, demo, f"wall {at}.txt", text_of(f"new {at}", 3))
            before = await visible(ingestion, demo)
            finished = await work_until_killed(world, at)
            between = await visible(ingestion, demo)
            world.clock.now += world.settings.lease_seconds
            await ingestion.worker.drain()
            ready = await document(ingestion, accepted)
            expected |= await whole(ingestion, demo, accepted.document_id, 2)
            assert (ready.state, ready.active_version) == (DocumentState.READY, 2), at
            assert await visible(ingestion, demo) == expected, at
            assert between in (before, expected), at
            world.clock.now += world.settings.prune_seconds
            await ingestion.worker.drain()
            assert len(await world.index.chunks(demo.id)) == sum(map(len, expected.values())), at
            if finished:
                break
    assert at > 20


def _stride(world: World) -> int:
    """Every point on SQLite; on Postgres, where a point costs more, every fourth."""
    return 1 if world.settings.database_url.startswith("sqlite") else 4


async def work_until_killed(world: World, at: int) -> bool:
    """Work in a process that dies at its ``at``-th touch of a store; true when it was done before."""
    index = copy.copy(world.index)
    async with world.process(index) as doomed:
        KillSwitch(at).wire(doomed)
        try:
            await doomed.worker.drain()
        except Killed:
            return False
    return True


async def test_what_a_dead_worker_left_half_done_is_undone_by_whoever_comes_next(world: World) -> None:
    world.settings.max_attempts = 1
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "wall.txt", text_of("old"))
        await ingestion.worker.drain()
        await put(ingestion, demo, "wall.txt", text_of("new"))
        old = await visible(ingestion, demo)
        index = copy.copy(world.index)
        async with world.process(index) as doomed:
            index.set_life = _then_die(index.set_life)  # type: ignore[method-assign]
            with pytest.raises(Killed):
                await doomed.worker.drain()
        world.clock.now += world.settings.lease_seconds
        gate = await put(ingestion, demo, "gate.txt", text_of("gate"))
        await ingestion.worker.drain()
        assert (await document(ingestion, accepted)).state == DocumentState.FAILED
        assert await visible(ingestion, demo) == old | await whole(ingestion, demo, gate.document_id, 1)


def _then_die(real: Callable[..., Any]) -> Callable[..., Any]:
    async def once(*args: Any, **kwargs: Any) -> None:
        await real(*args, **kwargs)
        raise Killed

    return once


async def test_a_slow_old_version_never_replaces_a_newer_one(world: World) -> None:
    async with world.process() as slow, world.process() as quick:
        demo = await new_collection(slow)
        accepted = await put(slow, demo, "wall.txt", text_of("old"))

        async def overtake(_: str) -> None:
            world.parser.before = lambda filename: None
            await put(quick, demo, "wall.txt", text_of("new"))
            await quick.worker.drain()

        world.parser.before = overtake
        await slow.worker.drain()
        shown = await document(slow, accepted)
        assert (shown.state, shown.version, shown.active_version) == (DocumentState.READY, 2, 2)
        assert await visible(slow, demo) == await whole(slow, demo, accepted.document_id, 2)
        assert await world.index.chunks(demo.id, accepted.document_id, 1) == []


async def test_a_batch_that_is_slow_never_replaces_a_newer_version(world: World) -> None:
    world.settings.hurry_jobs = 0
    async with world.process() as slow, world.process() as quick:
        demo = await new_collection(slow)
        accepted = [await put(slow, demo, f"{name}.txt", text_of(name, 1)) for name in ("first", "wall", "gate")]

        async def overtake(filename: str) -> None:
            if filename == "gate.txt":
                world.parser.before = lambda _: None
                await put(quick, demo, "wall.txt", text_of("new wall", 2))
                await quick.worker.drain()

        world.parser.before = overtake
        await slow.worker.drain()
        shown = await document(slow, accepted[1])
        assert (shown.state, shown.version, shown.active_version) == (DocumentState.READY, 2, 2)
        whole_ones = [await whole(slow, demo, one.document_id, 1 + (one is accepted[1])) for one in accepted]
        assert await visible(slow, demo) == whole_ones[0] | whole_ones[1] | whole_ones[2]


async def test_a_replaced_version_stays_for_the_queries_that_began_before_it(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "wall.txt", text_of("old"))
        await ingestion.worker.drain()
        began = await visible(ingestion, demo)
        await put(ingestion, demo, "wall.txt", text_of("new"))
        await ingestion.worker.drain()
        assert seen(await world.index.chunks(demo.id), 1) == began
        world.clock.now += world.settings.prune_seconds
        await ingestion.worker.drain()
        assert await world.index.chunks(demo.id, accepted.document_id, 1) == []


async def test_returning_to_old_content_does_not_disturb_what_answers(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        for name in ("one", "two", "one"):
            accepted = await put(ingestion, demo, "wall.txt", text_of(name))
            await ingestion.worker.drain()
        assert accepted.version == 3
        assert await visible(ingestion, demo) == await whole(ingestion, demo, accepted.document_id, 3)
