"""Snapshots keep what they see, and nothing else; the past can be asked for as long as all of it is there."""

from datetime import UTC, datetime

import pytest

from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_ingestion.errors import GoneVersion, SnapshotExists
from ragstone_ingestion.uploads import Arrival

from ..conftest import ADA, World, new_collection, pieces, seen, text_of  # noqa: TID252  tests are no packages
from .looking import later, nothing_is_left_over, ready, snapshot, texts


@pytest.mark.requirement("RET-4")
async def test_a_snapshot_shows_what_was_while_the_present_goes_on(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "old")
        gone = await ready(ingestion, demo, "b.txt", "other")
        await snapshot(ingestion, demo, "first")
        await ready(ingestion, demo, "a.txt", "new")
        await ingestion.deletion.request(ADA, gone)
        await ready(ingestion, demo, "c.txt", "third")
        await later(world, ingestion)
        assert await texts(ingestion, demo) == {"a.txt": "new", "c.txt": "third"}
        assert await texts(ingestion, demo, "first") == {"a.txt": "old", "b.txt": "other"}


@pytest.mark.requirement("RET-4")
async def test_with_the_last_snapshot_goes_all_that_only_it_kept(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "old")
        gone = await ready(ingestion, demo, "b.txt", "other")
        for name in ("first", "same"):
            await snapshot(ingestion, demo, name)
        await ready(ingestion, demo, "a.txt", "new")
        await ingestion.deletion.request(ADA, gone)
        await later(world, ingestion)
        await ingestion.history.delete(ADA, demo.id, "first")
        await later(world, ingestion)
        assert await texts(ingestion, demo, "same") == {"a.txt": "old", "b.txt": "other"}
        await ingestion.history.delete(ADA, demo.id, "same")
        await later(world, ingestion)
        chunks = await ingestion.stores.index.chunks(demo.id)
        assert {(chunk.metadata["filename"], chunk.version) for chunk in chunks} == {("a.txt", 2)}
        await nothing_is_left_over(ingestion)
        with pytest.raises(NotFound):
            await texts(ingestion, demo, "same")


@pytest.mark.requirement("RET-4")
async def test_a_cited_version_is_read_as_long_as_a_snapshot_holds_it(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        gone = await ready(ingestion, demo, "a.txt", "old")
        await snapshot(ingestion, demo, "first")
        await ready(ingestion, demo, "a.txt", "new")
        await ingestion.deletion.request(ADA, gone)
        await later(world, ingestion)
        text = await ingestion.reading.text(ADA, gone, 1, 0, 7)
        assert (text.text, text.version) == ("The old", 1)
        for version in (None, 2):
            with pytest.raises(NotFound):
                await ingestion.reading.text(ADA, gone, version, None, None)
        stranger = ADA.model_copy(update={"tenant": "other"})
        with pytest.raises(NotFound):
            await ingestion.reading.text(stranger, gone, 1, None, None)
        await ingestion.history.delete(ADA, demo.id, "first")
        await later(world, ingestion)
        with pytest.raises(NotFound):
            await ingestion.reading.text(ADA, gone, 1, None, None)


@pytest.mark.requirement("RET-4")
@pytest.mark.requirement("ING-7")
@pytest.mark.parametrize("deleted_before", [False, True])
async def test_an_erasure_wins_over_every_snapshot(world: World, deleted_before: bool) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        gone = await ready(ingestion, demo, "a.txt", "old")
        await snapshot(ingestion, demo, "first")
        await ready(ingestion, demo, "a.txt", "new")
        await snapshot(ingestion, demo, "second")
        if deleted_before:
            await ingestion.deletion.request(ADA, gone)
            await later(world, ingestion)
        requested = await ingestion.deletion.request(ADA, gone, erase=True)
        await ingestion.worker.finish(requested.job_id, 20)
        assert not any((await ingestion.deletion.receipt(requested)).remaining.values())
        assert await ingestion.stores.index.chunks(demo.id) == []
        for state in ("first", "second"):
            assert await texts(ingestion, demo, state) == {}


@pytest.mark.requirement("RET-4")
async def test_the_past_is_named_by_a_sequence_or_a_time_until_some_of_it_may_be_gone(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        world.clock.now += 10
        await ready(ingestion, demo, "a.txt", "old")
        world.clock.now += 10
        await ready(ingestion, demo, "b.txt", "other")
        world.clock.now += 10
        await ready(ingestion, demo, "a.txt", "new")
        then = datetime.fromtimestamp(world.clock.now - 5, UTC).isoformat()
        before = datetime.fromtimestamp(world.clock.now - 25, UTC).isoformat().replace("+00:00", "Z")
        assert await texts(ingestion, demo, then) == await texts(ingestion, demo, "2")
        assert await texts(ingestion, demo, "2") == {"a.txt": "old", "b.txt": "other"}
        assert await texts(ingestion, demo, "1") == {"a.txt": "old"}
        assert await texts(ingestion, demo, before) == await texts(ingestion, demo, "0") == {}
        await later(world, ingestion)
        for state in ("1", "2", then):
            with pytest.raises(GoneVersion):
                await texts(ingestion, demo, state)
        assert await texts(ingestion, demo, "3") == {"a.txt": "new", "b.txt": "other"}
        for state in ("4", "nothing"):
            with pytest.raises(NotFound):
                await texts(ingestion, demo, state)
        with pytest.raises(InvalidRequest):
            await texts(ingestion, demo, "2026-13-77T00:00")


@pytest.mark.requirement("RET-4")
async def test_what_was_never_replaced_can_be_asked_for_at_any_time(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "old")
        await ready(ingestion, demo, "b.txt", "other")
        await later(world, ingestion)
        assert await texts(ingestion, demo, "1") == {"a.txt": "old"}


@pytest.mark.requirement("RET-4")
@pytest.mark.requirement("RET-3")
async def test_the_past_is_seen_by_those_who_may_see_it_today(world: World) -> None:
    bob = ADA.model_copy(update={"user": "bob"})
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "old")
        await snapshot(ingestion, demo, "first")
        assert await texts(ingestion, demo, "first", bob) == {"a.txt": "old"}
        secret = Arrival("a.txt", pieces(text_of("new", 2).encode()), acl=["user:ada"])
        await ingestion.uploads.take(ADA, demo, secret)
        await ingestion.worker.drain()
        assert await texts(ingestion, demo, "first") == {"a.txt": "old"}
        assert await texts(ingestion, demo, "first", bob) == {}


async def test_a_time_means_the_same_in_every_collection_and_a_name_does_not(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "old")
        then = datetime.fromtimestamp(world.clock.now, UTC).isoformat()
        world.clock.now += 10
        await new_collection(ingestion, "later")
        await ready(ingestion, demo, "b.txt", "other")
        found = await ingestion.collections.list(ADA, then)
        assert {one.name: one.sequence for one in found} == {"demo": 1, "later": 0}
        with pytest.raises(InvalidRequest):
            await ingestion.collections.list(ADA, "first")


async def test_a_snapshot_without_a_name_is_taken_once_and_a_name_is_given_once(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "old")
        assert {await snapshot(ingestion, demo) for _ in range(2)} == {"snapshot-1"}
        world.clock.now += 1
        await snapshot(ingestion, demo, "mine")
        with pytest.raises(SnapshotExists):
            await snapshot(ingestion, demo, "mine")
        with pytest.raises(InvalidRequest):
            await snapshot(ingestion, demo, "before-rollback-1")
        assert [one.name for one in await ingestion.history.list(ADA, demo.id)] == ["snapshot-1", "mine"]
        stranger = ADA.model_copy(update={"tenant": "other"})
        with pytest.raises(NotFound):
            await ingestion.history.list(stranger, demo.id)


async def test_a_dropped_collection_leaves_nothing_of_its_history(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ready(ingestion, demo, "a.txt", "old")
        await snapshot(ingestion, demo, "first")
        await ready(ingestion, demo, "a.txt", "new")
        await ingestion.history.roll_back(ADA, demo.id, "first")
        await ingestion.collections.delete(ADA, demo.id)
        await later(world, ingestion)
        await nothing_is_left_over(ingestion)
    assert seen(await world.index.chunks(demo.id), 1) == {}
