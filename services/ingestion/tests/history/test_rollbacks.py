"""A rollback is seen at once, never half, and loses nothing, whatever dies on the way."""

import asyncio
import copy
import itertools

import pytest

from ragstone_contracts.documents import Collection, DocumentState
from ragstone_contracts.errors import NotFound
from ragstone_contracts.sharing import DocumentUpdate
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.errors import GoneVersion, NothingToUndo

from ..conftest import ADA, World, document, new_collection, put, text_of  # noqa: TID252  tests are no packages
from ..kill_switch import Killed, KillSwitch  # noqa: TID252
from .looking import later, nothing_is_left_over, ready, snapshot, texts

THEN = {"changed.txt": "then", "deleted.txt": "deleted", "same.txt": "same"}
NOW = {"changed.txt": "now", "added.txt": "added", "same.txt": "same"}


async def changed_collection(world: World, ingestion: Ingestion, name: str = "demo") -> Collection:
    """One that was :data:`THEN` at the snapshot ``then`` and is :data:`NOW`."""
    demo = await new_collection(ingestion, name)
    for filename, text in THEN.items():
        deleted = await ready(ingestion, demo, filename, text)
        if filename == "deleted.txt":
            victim = deleted
    await snapshot(ingestion, demo, "then")
    await ready(ingestion, demo, "changed.txt", "now")
    await ready(ingestion, demo, "added.txt", "added")
    await ingestion.deletion.request(ADA, victim)
    await later(world, ingestion)
    assert await texts(ingestion, demo) == NOW
    return demo


async def whole(ingestion: Ingestion, demo: Collection) -> None:
    """Each version that answers has all its chunks, once, and what is listed is what is seen."""
    listed = await ingestion.documents.list(ADA, demo.id)
    found = await ingestion.collections.find(ADA, demo.id)
    chunks = [one for one in await ingestion.stores.index.chunks(demo.id) if one.born <= found.sequence < one.died]
    assert sorted((one.document_id, one.version, one.start) for one in chunks) == sorted(
        (one.document_id, one.active_version, start)
        for one in listed
        for start in {chunk.start for chunk in chunks if chunk.document_id == one.document_id}
    )
    assert all(one.chunks == sum(chunk.document_id == one.document_id for chunk in chunks) for one in listed)


@pytest.mark.requirement("RET-4")
async def test_queries_see_the_old_state_at_once_and_the_documents_follow_without_any_embedding(world: World) -> None:
    async with world.process() as ingestion:
        demo = await changed_collection(world, ingestion)
        embedded = len(world.embedded)
        begun = await ingestion.history.roll_back(ADA, demo.id, "then")
        assert (begun.state, begun.before) == ("running", "before-rollback-1")
        assert await texts(ingestion, demo) == THEN
        await later(world, ingestion)
        ended = await ingestion.history.last_rollback(ADA, demo.id)
        assert (ended.state, ended.unsettled, ended.failed) == ("done", 0, [])
        assert await texts(ingestion, demo) == THEN
        assert len(world.embedded) == embedded
        assert {one.title for one in await ingestion.documents.list(ADA, demo.id)} == {
            name.removesuffix(".txt") for name in THEN
        }
        await whole(ingestion, demo)
        await nothing_is_left_over(ingestion)


@pytest.mark.requirement("RET-4")
async def test_a_rollback_is_undone_and_the_undoing_too(world: World) -> None:
    async with world.process() as ingestion:
        demo = await changed_collection(world, ingestion)
        with pytest.raises(NothingToUndo):
            await ingestion.history.undo(ADA, demo.id)
        await ingestion.history.roll_back(ADA, demo.id, "then")
        await later(world, ingestion)
        for expected in (NOW, THEN, NOW):
            await ingestion.history.undo(ADA, demo.id)
            assert await texts(ingestion, demo) == expected
            await later(world, ingestion)
            assert await texts(ingestion, demo) == expected
        for one in await ingestion.history.list(ADA, demo.id):
            await ingestion.history.delete(ADA, demo.id, one.name)
        await later(world, ingestion)
        await nothing_is_left_over(ingestion)
        chunks = await ingestion.stores.index.chunks(demo.id)
        assert len(chunks) == sum(one.chunks or 0 for one in await ingestion.documents.list(ADA, demo.id))


@pytest.mark.requirement("RET-4")
async def test_no_query_sees_a_mixture_while_a_rollback_runs(world: World) -> None:
    async with world.process() as ingestion, world.process() as other:
        demo = await changed_collection(world, ingestion)
        stop, answers = asyncio.Event(), list[dict[str, str]]()

        async def query() -> None:
            while not stop.is_set():
                answers.append(await texts(other, demo))
                await asyncio.sleep(0)

        queries = asyncio.create_task(query())
        await asyncio.sleep(0.01)
        await ingestion.history.roll_back(ADA, demo.id, "then")
        await later(world, ingestion)
        stop.set()
        await queries
    order = [[NOW, THEN].index(answer) for answer in answers]
    assert order == sorted(order)
    assert set(order) == {0, 1}


@pytest.mark.requirement("RET-4")
async def test_what_is_uploaded_or_deleted_during_a_rollback_is_not_lost_and_seen_after_it(world: World) -> None:
    async with world.process() as ingestion:
        demo = await changed_collection(world, ingestion)
        await ingestion.history.roll_back(ADA, demo.id, "then")
        await put(ingestion, demo, "changed.txt", text_of("newest", 2))
        await put(ingestion, demo, "added.txt", text_of("added", 2))  # the very bytes that the rollback takes away
        await put(ingestion, demo, "deleted.txt", text_of("anew", 2))
        await put(ingestion, demo, "fresh.txt", text_of("fresh", 2))
        same = [one for one in await ingestion.documents.list(ADA, demo.id) if one.title == "same"]
        await ingestion.worker.run_next()
        assert await texts(ingestion, demo) == THEN
        await later(world, ingestion)
        expected = {"changed.txt": "newest", "added.txt": "added", "deleted.txt": "anew", "fresh.txt": "fresh"}
        assert await texts(ingestion, demo) == expected | {"same.txt": "same"}
        await ingestion.history.undo(ADA, demo.id)
        await ingestion.deletion.request(ADA, same[0].document_id)
        await later(world, ingestion)
        assert await texts(ingestion, demo) == {name: text for name, text in NOW.items() if name != "same.txt"}
        await whole(ingestion, demo)
        await nothing_is_left_over(ingestion)


async def test_what_was_not_ready_before_a_rollback_never_appears(world: World) -> None:
    async with world.process() as ingestion:
        demo = await changed_collection(world, ingestion)
        for name in ("same.txt", "pending.txt"):
            await put(ingestion, demo, name, text_of("pending", 2))
        await ingestion.history.roll_back(ADA, demo.id, "then")
        await later(world, ingestion)
        assert await texts(ingestion, demo) == THEN
        assert all(one.state == DocumentState.READY for one in await ingestion.documents.list(ADA, demo.id))
        await nothing_is_left_over(ingestion)


async def test_an_upload_that_fails_during_a_rollback_leaves_what_the_document_was(world: World) -> None:
    async with world.process() as ingestion:
        demo = await changed_collection(world, ingestion)
        await ingestion.history.roll_back(ADA, demo.id, "then")
        for name in ("changed.txt", "added.txt"):
            await put(ingestion, demo, name, " ")
        await later(world, ingestion)
        assert await texts(ingestion, demo) == THEN
        assert (await ingestion.history.last_rollback(ADA, demo.id)).state == "done"


@pytest.mark.requirement("RET-4")
async def test_a_second_rollback_takes_the_place_of_the_first_at_any_step_of_it(world: World) -> None:
    stride = 3 if world.settings.database_url.startswith("sqlite") else 9
    async with world.process() as ingestion:
        for at in itertools.count(step=stride):
            demo = await changed_collection(world, ingestion, f"demo {at}")
            await ingestion.history.roll_back(ADA, demo.id, "then")
            ran = [await ingestion.worker.run_next() for _ in range(at)]
            await ingestion.history.undo(ADA, demo.id)
            assert await texts(ingestion, demo) == NOW, at
            await later(world, ingestion)
            assert await texts(ingestion, demo) == NOW, at
            await whole(ingestion, demo)
            if not all(ran):
                break
        await nothing_is_left_over(ingestion)
    assert at > 3


@pytest.mark.requirement("RET-4")
async def test_killed_at_any_point_a_rollback_is_completed_by_the_next_worker(world: World) -> None:
    """Kill the worker at its n-th touch of a store, for every n; then let another one take over."""
    stride = 29 if world.settings.database_url.startswith("sqlite") else 90
    async with world.process() as ingestion:
        for at in itertools.count(step=stride):
            demo = await changed_collection(world, ingestion, f"demo {at}")
            await ingestion.history.roll_back(ADA, demo.id, "then")
            finished = await _later_until_killed(world, at)
            assert await texts(ingestion, demo) == THEN, at
            world.clock.now += world.settings.lease_seconds
            await later(world, ingestion)
            assert await texts(ingestion, demo) == THEN, at
            assert (await ingestion.history.last_rollback(ADA, demo.id)).state == "done"
            await whole(ingestion, demo)
            if finished:
                break
    assert at > 20


async def _later_until_killed(world: World, at: int) -> bool:
    async with world.process(copy.copy(world.index)) as doomed:
        KillSwitch(at).wire(doomed)
        try:
            await later(world, doomed)
        except Killed:
            return False
    return True


async def test_a_state_that_is_not_whole_any_more_is_not_gone_back_to(world: World) -> None:
    async with world.process() as ingestion:
        demo = await changed_collection(world, ingestion)
        for state, error in {"1": GoneVersion, "99": NotFound, "never": NotFound}.items():
            with pytest.raises(error):
                await ingestion.history.roll_back(ADA, demo.id, state)
        with pytest.raises(NotFound):
            await ingestion.history.last_rollback(ADA, demo.id)
        assert await texts(ingestion, demo) == NOW


@pytest.mark.requirement("RET-4")
async def test_going_back_to_a_moment_ago_needs_no_snapshot(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("then", 2))
        await ingestion.worker.drain()
        await ready(ingestion, demo, "a.txt", "now")
        await ingestion.history.roll_back(ADA, demo.id, "1")
        assert await texts(ingestion, demo) == {"a.txt": "then"}
        await later(world, ingestion)
        assert await texts(ingestion, demo) == {"a.txt": "then"}
        assert (await document(ingestion, accepted)).active_version == 3
        await nothing_is_left_over(ingestion)


@pytest.mark.requirement("RET-4")
@pytest.mark.requirement("ING-7")
async def test_what_is_erased_does_not_come_back(world: World) -> None:
    async with world.process() as ingestion:
        demo = await changed_collection(world, ingestion)
        changed = next(one for one in await ingestion.documents.list(ADA, demo.id) if one.title == "changed")
        await ingestion.history.roll_back(ADA, demo.id, "then")
        requested = await ingestion.deletion.request(ADA, changed.document_id, erase=True)
        await ingestion.worker.finish(requested.job_id, 20)
        assert not any((await ingestion.deletion.receipt(requested)).remaining.values())
        expected = {name: text for name, text in THEN.items() if name != "changed.txt"}
        assert await texts(ingestion, demo) == expected
        await later(world, ingestion)
        assert await texts(ingestion, demo) == expected


async def test_a_moved_document_takes_its_past_with_it_and_is_new_where_it_came(world: World) -> None:
    async with world.process() as ingestion:
        demo, other = await new_collection(ingestion), await new_collection(ingestion, "other")
        moved = await ready(ingestion, demo, "a.txt", "grey")
        await ready(ingestion, other, "b.txt", "red")
        for collection in (demo, other):
            await snapshot(ingestion, collection, "then")
        for _ in range(2):  # rollbacks of the old place count for nothing in the new one
            await ingestion.history.roll_back(ADA, demo.id, "then")
            await later(world, ingestion)
        await ingestion.changes.of_document(ADA, moved, DocumentUpdate(collection="other"))
        await later(world, ingestion)
        assert await texts(ingestion, demo, "then") == {}
        assert await texts(ingestion, other) == {"a.txt": "grey", "b.txt": "red"}
        assert await texts(ingestion, other, "then") == {"b.txt": "red"}
        await ingestion.history.roll_back(ADA, other.id, "then")
        await later(world, ingestion)
        assert await texts(ingestion, other) == {"b.txt": "red"}
        await ingestion.history.undo(ADA, other.id)
        await later(world, ingestion)
        assert await texts(ingestion, other) == {"a.txt": "grey", "b.txt": "red"}
        await nothing_is_left_over(ingestion)
