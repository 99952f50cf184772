"""A collection made anew: while it answers, under ingestion and deletion, killed anywhere, called off."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from services.ingestion.tests.conftest import ADA, World, document, new_collection, new_world, put, text_of
from services.ingestion.tests.kill_switch import Killed, KillSwitch
from services.ingestion.tests.reindexing.asking import NEW, NEW_SIZE, OLD_SIZE, ask, asking

from ragstone_contracts.documents import Collection, CollectionSettings, NewCollection
from ragstone_contracts.errors import NotFound, RagstoneError
from ragstone_contracts.identity import Identity
from ragstone_contracts.jobs import JobFilter, JobKind
from ragstone_contracts.reindexing import NewReindex, Reindex, ReindexSettings, ReindexState
from ragstone_index import IndexedChunk, StoredChunk, encode_document
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.errors import ReindexSwapped, ReindexUnderWay
from ragstone_testing.postgres import PostgresServer
from ragstone_testing.scripted_models import hashed_vectors

pytestmark = pytest.mark.requirement("RET-4")
Shown = dict[str, list[tuple[int, str]]]
"""Where the chunks of documents begin, and their texts."""
ANEW = NewReindex(settings=ReindexSettings(embedder=NEW, chunk_tokens=64))


@pytest.fixture
def world(tmp_path: Path) -> World:
    """On SQLite: what differs between databases is the business of the turn, which has tests of its own."""
    return two_models(new_world(f"sqlite+aiosqlite:///{tmp_path}/ingestion.db", tmp_path, embed_batch=64))


def two_models(world: World) -> World:
    world.models.dimensions, world.models.dimensions_of[NEW] = OLD_SIZE, NEW_SIZE
    return world


async def filled(ingestion: Ingestion, documents: int, paragraphs: int = 4) -> Collection:
    demo = await new_collection(ingestion)
    for number in range(documents):
        await put(ingestion, demo, f"{number}.txt", text_of(f"wall {number}", paragraphs))
    await ingestion.worker.drain()
    return demo


async def reindex(ingestion: Ingestion, wanted: NewReindex = ANEW) -> Reindex:
    return await ingestion.reindexing.requests.request(ADA, "demo", wanted)


async def state(ingestion: Ingestion) -> ReindexState:
    return (await ingestion.reindexing.requests.get(ADA, "demo")).state


async def shown(ingestion: Ingestion, demo: Collection) -> Shown:
    """All that queries see, by document id."""
    now = await ingestion.collections.find(ADA, demo.id)
    found: Shown = {}
    for chunk in sorted(await ingestion.stores.index.chunks(demo.id), key=lambda one: one.start):
        if chunk.born <= now.sequence < chunk.died:
            found.setdefault(chunk.document_id, []).append((chunk.start, chunk.text))
    return found


async def as_ingested_so(world: World, settings: CollectionSettings) -> Shown:
    """File name -> texts of what the collection's documents give when they come in under the settings."""
    async with world.process() as ingestion:
        kept = {one.title: one for one in await ingestion.documents.list(ADA, (await find(ingestion)).id)}
        fresh = await ingestion.collections.create(ADA, NewCollection(name="fresh", settings=settings))
        for title in kept:
            text = (await ingestion.reading.text(ADA, kept[title].document_id, None, None, None)).text
            await put(ingestion, fresh, f"{title}.txt", text)
        await ingestion.worker.drain()
        found = await shown(ingestion, fresh)
        names = {one.document_id: one.title for one in await ingestion.documents.list(ADA, fresh.id)}
    return {names[document_id]: texts for document_id, texts in found.items()}


async def find(ingestion: Ingestion) -> Collection:
    return await ingestion.collections.find(ADA, "demo")


async def by_title(ingestion: Ingestion, demo: Collection) -> Shown:
    names = {one.document_id: one.title for one in await ingestion.documents.list(ADA, demo.id)}
    return {names[document_id]: texts for document_id, texts in (await shown(ingestion, demo)).items()}


async def test_a_collection_is_embedded_and_cut_anew_while_it_answers(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 50, paragraphs=6)
        chunks = len(await world.index.chunks(demo.id))
        assert chunks >= 300
        texts = [f"wall {number} stone stands in row" for number in range(50)]
        async with asking(ingestion, "demo", texts) as asked:
            begun = await reindex(ingestion)
            assert (begun.state, begun.versions, begun.built) == (ReindexState.BUILDING, 50, 0)
            await ingestion.worker.drain()
        assert asked.queries > 20
        assert asked.wrong == []
        assert set(asked.indexes) == {demo.id, begun.index}, "both answered, one after the other"
        retiring = await ingestion.reindexing.requests.get(ADA, "demo")
        assert (retiring.state, retiring.built, retiring.repaired) == (ReindexState.RETIRING, 50, 0)
        assert retiring.sample is not None
        assert retiring.sample.found == retiring.sample.texts == 20
        assert len(await world.index.chunks(demo.id)) == chunks, "queries that began before may still be in it"
        world.clock.now += world.settings.prune_seconds
        await ingestion.worker.drain()
        assert await state(ingestion) == ReindexState.DONE
        assert await world.index.collections() == [begun.index]
        now = await find(ingestion)
        assert (now.index, now.settings.embedder, now.settings.chunk_tokens) == (begun.index, NEW, 64)
        ready = (await ingestion.documents.list(ADA, now.id))[0]
        assert ready.chunks == len((await shown(ingestion, now))[ready.document_id])
        repairs = await ingestion.reconciler.run()
        assert all(one.found == 0 for one in repairs.stores.values()), repairs
        found = await by_title(ingestion, now)
    assert found == await as_ingested_so(world, now.settings)


async def test_uploads_replacements_and_deletions_meanwhile_are_in_both(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 30)
        before = {one.title: one.document_id for one in await ingestion.documents.list(ADA, demo.id)}
        ingestion.worker.start()
        texts = [f"wall {number} stone stands in row" for number in range(10)]  # these stay
        async with asking(ingestion, "demo", texts) as asked:
            await reindex(ingestion)
            await ingestion.worker.waker.wake()
            for number in itertools.count():
                if await state(ingestion) == ReindexState.RETIRING and number >= 10:
                    break
                await put(ingestion, demo, f"new {number}.txt", text_of(f"tower {number}", 2))
                if number < 10:
                    await put(ingestion, demo, f"{10 + number}.txt", text_of(f"bridge {number}", 3))
                    requested = await ingestion.deletion.request(ADA, before[str(20 + number)])
                    assert requested.collection_id == demo.id
                await ingestion.worker.waker.wake()
        await ingestion.worker.stop()
        world.clock.now += world.settings.lease_seconds  # one may have been taken just as the worker was stopped
        await ingestion.worker.drain()
        unfinished = (await ingestion.jobs.list(ADA, JobFilter(), 500, None)).jobs
        assert [job.error for job in unfinished if job.error is not None] == []
        assert asked.wrong == []
        now = await find(ingestion)
        assert now.index == f"{demo.id}@2"
        found = await by_title(ingestion, now)
        assert {str(number) for number in range(20, 30)}.isdisjoint(found)
        assert {f"new {one}" for one in range(number)} <= found.keys()
        assert all("bridge" in text for one in range(10, 20) for _, text in found[str(one)])
    assert found == await as_ingested_so(world, now.settings)


async def test_killed_at_any_point_it_goes_on_and_no_query_is_wrong(world: World) -> None:
    """Kill the worker at its n-th touch of a store, for every few n; a query and an upload come between the two."""
    async with world.process() as ingestion:
        await filled(ingestion, 8, paragraphs=2)
    stages = set()
    for at in itertools.count(1, 3):
        wanted = NewReindex(settings=ReindexSettings(embedder=NEW if at % 2 else None))
        async with world.process() as ingestion:
            begun = await reindex(ingestion, wanted)
        finished = await work_until_killed(world, at)
        async with world.process() as ingestion:
            stages.add(await state(ingestion))
            await ask_all(ingestion)
            world.clock.now += world.settings.lease_seconds
            await put(ingestion, await find(ingestion), f"{at % 8}.txt", text_of(f"wall {at % 8}", 2 + at % 3))
            while await state(ingestion) not in (ReindexState.DONE, ReindexState.FAILED):
                await ingestion.worker.drain()
                await ask_all(ingestion)
                world.clock.now += world.settings.prune_seconds
            await ingestion.worker.drain()
            assert await state(ingestion) == ReindexState.DONE, at
            assert await world.index.collections() == [begun.index], at
        if finished:
            break
    assert at > 30
    assert stages >= {ReindexState.BUILDING, ReindexState.VERIFYING, ReindexState.SWAPPING, ReindexState.RETIRING}
    async with world.process() as ingestion:
        now = await find(ingestion)
        found = await by_title(ingestion, now)
    assert found == await as_ingested_so(world, now.settings)


async def ask_all(ingestion: Ingestion) -> None:
    for number in range(8):
        _, hits = await ask(ingestion, "demo", f"wall {number} stone stands in row")
        assert any(f"wall {number} stone" in hit.chunk.text for hit in hits)


async def work_until_killed(world: World, at: int) -> bool:
    """Work and wait until everything is done, or until the n-th touch of a store; true for the former."""
    switch = KillSwitch(at)
    async with world.process() as ingestion:
        switch.wire(ingestion)
        try:
            while await state(ingestion) != ReindexState.DONE:
                await ingestion.worker.drain()
                world.clock.now += world.settings.prune_seconds
        except Killed:
            return False
    return True


async def test_an_erased_document_is_in_neither_index(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 3)
        first = (await ingestion.documents.list(ADA, demo.id))[0].document_id
        begun = await reindex(ingestion)
        await build(ingestion)
        assert await world.index.held(begun.index, [first])
        erasing = await ingestion.deletion.request(ADA, first, erase=True)
        await ingestion.worker.finish(erasing.job_id, 10)
        receipt = await ingestion.deletion.receipt(erasing)
        assert receipt.remaining["index"] == 0
        for index_id in (demo.id, begun.index):
            assert not await world.index.held(index_id, [first])


async def build(ingestion: Ingestion) -> None:
    """Build all there is, without going on to the next stage."""
    jobs = ingestion.stores.jobs
    lease = await jobs.lease("by hand")
    assert lease is not None
    places = await ingestion.stores.placement.of(lease.collection_id)
    assert places.shadow is not None
    while await ingestion.reindexing.work.building.round(lease, places.shadow):
        pass
    await jobs.hand_back(lease)


async def test_what_the_new_index_lacks_or_has_too_much_of_is_repaired_before_the_swap(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 6)
        begun = await reindex(ingestion)
        await build(ingestion)
        lost, late, strange = [one.document_id for one in await ingestion.documents.list(ADA, demo.id)][:3]
        await world.index.delete(begun.index, lost, 1)
        await world.index.set_life(begun.index, late, 1, born=99)
        [some, *_] = await world.index.chunks(begun.index, strange)
        await world.index.upsert(begun.index, [_entry(replace(some, version=7, chunk_id="strange"))])
        await ingestion.worker.drain()
        done = await ingestion.reindexing.requests.get(ADA, "demo")
        assert (done.state, done.repaired) == (ReindexState.RETIRING, 3)
        found = await by_title(ingestion, await find(ingestion))
    assert found == await as_ingested_so(world, done.settings)


def _entry(chunk: StoredChunk) -> IndexedChunk:
    return IndexedChunk(chunk, hashed_vectors([chunk.text], NEW_SIZE)[0], encode_document(chunk.text))


async def test_ingestion_does_not_wait_for_the_new_embedder(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 2)
        await reindex(ingestion)
        world.models.away.add(NEW)
        accepted = await put(ingestion, demo, "late.txt", text_of("late wall"))
        await ingestion.worker.drain()
        assert (await document(ingestion, accepted)).active_version == 1
        world.models.away.clear()
        world.clock.now += 60
        await ingestion.worker.drain()
        assert await state(ingestion) == ReindexState.RETIRING
        found = await by_title(ingestion, await find(ingestion))
        assert "late" in found


async def test_without_an_attempt_left_it_has_failed_and_the_same_again_goes_on(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 2)
        begun = await reindex(ingestion)
        world.models.away.add(NEW)
        for _ in range(5):
            await ingestion.worker.drain()
            world.clock.now += 600
        failed = await ingestion.reindexing.requests.get(ADA, "demo")
        assert failed.state == ReindexState.FAILED
        assert failed.error is not None
        assert (await find(ingestion)).index_id == demo.id
        world.models.away.clear()
        assert (await reindex(ingestion)).index == begun.index
        await ingestion.worker.drain()
        assert await state(ingestion) == ReindexState.RETIRING


async def test_called_off_the_old_index_answers_on_and_the_new_one_is_dropped(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 2)
        await reindex(ingestion)
        await build(ingestion)
        cancelled = await ingestion.reindexing.requests.cancel(ADA, "demo")
        assert cancelled.state == ReindexState.CANCELLING
        await ingestion.worker.drain()
        world.clock.now += world.settings.prune_seconds
        await ingestion.worker.drain()
        assert await state(ingestion) == ReindexState.CANCELLED
        assert await world.index.collections() == [demo.id]
        assert (await find(ingestion)).settings.embedder is None
        again = await reindex(ingestion)
        assert again.index == f"{demo.id}@3", "no index is named like another"


async def test_one_at_a_time_and_never_taken_back_once_it_answers(world: World) -> None:
    async with world.process() as ingestion:
        await filled(ingestion, 2)
        first = await reindex(ingestion)
        assert (await reindex(ingestion)).job_id == first.job_id
        with pytest.raises(ReindexUnderWay):
            await reindex(ingestion, NewReindex())
        await ingestion.worker.drain()
        with pytest.raises(ReindexSwapped):
            await ingestion.reindexing.requests.cancel(ADA, "demo")


async def test_a_collection_of_others_is_one_that_does_not_exist(world: World) -> None:
    bob = Identity(tenant="other", user="bob")
    async with world.process() as ingestion:
        demo = await filled(ingestion, 1)
        await reindex(ingestion)
        requests = ingestion.reindexing.requests
        for name in (demo.id, "nothing"):
            for asked in (requests.get(bob, name), requests.cancel(bob, name), requests.request(bob, name, ANEW)):
                with pytest.raises(NotFound, match=f"there is no collection '{name}'"):
                    await asked


async def test_it_is_listed_among_the_jobs(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 1)
        begun = await reindex(ingestion)
        await ingestion.worker.drain()
        listed = await ingestion.jobs.list(ADA, JobFilter(kind=JobKind.REINDEX), 10, None)
        assert [(job.job_id, job.collection_id, job.step) for job in listed.jobs] == [
            (begun.job_id, demo.id, "retiring")
        ]
        assert (await ingestion.jobs.get(ADA, begun.job_id)).kind == JobKind.REINDEX
        with pytest.raises(NotFound):
            await ingestion.jobs.get(Identity(tenant="other", user="bob"), begun.job_id)


async def test_a_dropped_collection_takes_both_indexes_with_it(world: World) -> None:
    async with world.process() as ingestion:
        demo = await filled(ingestion, 2)
        await reindex(ingestion)
        await build(ingestion)
        await ingestion.collections.delete(ADA, demo.id)
        await ingestion.worker.drain()
        assert await world.index.collections() == []


async def test_it_is_the_same_on_postgres(postgres: PostgresServer, tmp_path: Path) -> None:
    world = two_models(new_world(postgres.new_database(), tmp_path, embed_batch=64))
    async with world.process() as ingestion:
        await filled(ingestion, 3, paragraphs=2)
        begun = await reindex(ingestion)
        accepted = await put(ingestion, await find(ingestion), "late.txt", text_of("late wall", 2))
        await ingestion.worker.drain()
        world.clock.now += world.settings.prune_seconds
        await ingestion.worker.drain()
        assert await state(ingestion) == ReindexState.DONE
        assert await world.index.collections() == [begun.index]
        assert accepted.document_id in await shown(ingestion, await find(ingestion))
        listed = (await ingestion.jobs.list(ADA, JobFilter(), 10, None)).jobs
        assert {job.kind for job in listed} >= {JobKind.INGEST, JobKind.REINDEX}
        cancelled = await ingestion.reindexing.requests.request(ADA, "demo", NewReindex())
        assert cancelled.index.endswith("@3")
        await ingestion.reindexing.requests.cancel(ADA, "demo")


async def test_it_is_asked_for_looked_at_and_called_off_over_http(world: World) -> None:
    async with world.api() as (_, client):
        settings = CollectionSettings(chunk_tokens=96, chunker="recursive")
        demo = await client.create_collection(world.caller(), NewCollection(name="demo", settings=settings))
        begun = await client.reindex(world.caller(), "demo", NewReindex(settings=ReindexSettings(embedder=NEW)))
        kept = (begun.settings.chunk_tokens, begun.settings.chunker)
        assert (begun.collection_id, begun.settings.embedder, *kept) == (demo.id, NEW, 96, "recursive")
        assert (await client.get_reindex(world.caller(), demo.id)).job_id == begun.job_id
        assert (await client.cancel_reindex(world.caller(), demo.id)).state == ReindexState.CANCELLING
        with pytest.raises(RagstoneError, match="there is no chunker 'none'"):
            await client.reindex(world.caller(), "demo", NewReindex(settings=ReindexSettings(chunker="none")))
        world.models.away.add("absent")
        with pytest.raises(RagstoneError, match="503"):
            await client.reindex(world.caller(), "demo", NewReindex(settings=ReindexSettings(embedder="absent")))
        with pytest.raises(RagstoneError) as unknown:
            await client.get_reindex(world.caller(tenant="other"), demo.id)
        assert unknown.value.code == "not_found"
