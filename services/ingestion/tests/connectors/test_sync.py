"""Syncs are jobs: they are planned, broken off, gone on with, and each acts on a source exactly once."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_contracts.connectors import Connector, NewConnector, SyncFilters, SyncRequest
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import Conflict, InvalidRequest, NotFound, RagstoneError
from ragstone_ingestion import tables
from ragstone_ingestion.assembly import Ingestion
from ragstone_kit.identity import Caller

from ..conftest import ADA  # noqa: TID252  tests are no packages
from ..kill_switch import Killed, KillSwitch  # noqa: TID252
from .conftest import World, counts, new_world, platform_of, put_file

HOUR = 3600.0


def allow(world: World, folder: Path) -> None:
    world.settings = world.settings.model_copy(update={"connector_roots": [str(folder.parent)]})


async def connected(ingestion: Ingestion, folder: Path, **more: Any) -> Connector:
    demo = await ingestion.collections.create(ADA, NewCollection(name="demo"))
    new = NewConnector(name="src", kind="folder", collection="demo", config={"path": str(folder)}, **more)
    return await ingestion.connectors.store.create(ADA, demo, new)


async def synced(ingestion: Ingestion, connector: Connector, **asked: bool) -> Connector:
    await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest(**asked))
    await ingestion.worker.drain()
    return await ingestion.connectors.store.get(ADA, connector.id)


async def standing(ingestion: Ingestion, connector: Connector) -> dict[str, tuple[int, str]]:
    """Version and state of every living document, by name."""
    documents = await ingestion.documents.list(ADA, connector.collection_id)
    return {
        (await ingestion.documents.version(ADA, one.document_id, None)).filename: (one.version, one.state)
        for one in documents
    }


@pytest.mark.requirement("ING-11")
async def test_a_sync_killed_on_its_way_is_gone_on_with_and_does_nothing_twice(tmp_path: Path) -> None:
    at, points = 0, 1
    while at < points:
        world = new_world(f"sqlite+aiosqlite:///{tmp_path}/{at}.db", tmp_path / str(at))
        folder = tmp_path / str(at) / "allowed" / "handbook"
        allow(world, folder)
        for name in "abc":
            put_file(folder, f"{name}.txt", f"The stone of {name}.")
        async with world.process() as ingestion:
            connector = await connected(ingestion, folder)
            await synced(ingestion, connector)
            put_file(folder, "a.txt", "Another stone.", age=50)
            put_file(folder, "d.txt", "The stone of d.")
            (folder / "b.txt").unlink()
            job = await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest())
        points = await _killed(world, job, at)
        world.clock.now += 3600
        async with world.process() as ingestion:
            await ingestion.worker.drain()
            after = await ingestion.connectors.store.get(ADA, connector.id)
            stands = await standing(ingestion, connector)
        expected = {"src/a.txt": (2, "ready"), "src/c.txt": (1, "ready"), "src/d.txt": (1, "ready")}
        assert (after.state, stands) == ("in_step", expected), f"killed at point {at}"
        at += 5
    assert points >= 20


async def _killed(world: World, job: str, at: int) -> int:
    """Run the sync in a process that ends at that point; returns how many points it reached."""
    switch = KillSwitch(at)
    async with world.process() as ingestion:
        lease = await ingestion.stores.jobs.lease("worker", job)
        assert lease is not None
        switch.wire(ingestion)
        try:
            await ingestion.connectors.jobs.run(lease)
        except Killed:
            return at + 1000
    return switch.points


async def test_time_starts_a_sync_whatever_happened_to_the_one_before(world: World, folder: Path) -> None:
    allow(world, folder)
    put_file(folder, "a.txt", "A stone.")
    async with world.process() as ingestion:
        connector = await connected(ingestion, folder, every_seconds=HOUR)
        assert connector.state == "queued"
        await ingestion.worker.drain()
        first = await ingestion.connectors.store.get(ADA, connector.id)
        assert (first.state, first.next_sync_at) == ("in_step", world.clock.now + HOUR)
        put_file(folder, "b.txt", "B stone.")
        await ingestion.worker.drain()
        assert len(await standing(ingestion, connector)) == 1
        world.clock.now += HOUR
        await ingestion.worker.drain()
        assert len(await standing(ingestion, connector)) == 2
        job = await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest())
        lease = await ingestion.stores.jobs.lease("frozen", job)
        assert lease is not None
        assert await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest(full=True)) == job
        planned = (await ingestion.connectors.store.get(ADA, connector.id)).next_sync_at
        assert planned == world.clock.now + HOUR


async def test_a_sync_whose_time_comes_while_another_is_at_work_is_left_out(world: World, folder: Path) -> None:
    allow(world, folder)
    put_file(folder, "a.txt", "A stone.")
    async with world.process() as ingestion:
        connector = await connected(ingestion, folder, every_seconds=60)
        await ingestion.worker.drain()
        job = await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest())
        busy = await ingestion.stores.jobs.lease("busy", job)
        assert busy is not None
        world.clock.now += 61
        await ingestion.stores.jobs.heartbeat(busy)
        assert await ingestion.worker.drain() == 1
        during = await ingestion.connectors.store.get(ADA, connector.id)
        assert (during.state, during.next_sync_at) == ("syncing", world.clock.now + 60)
        await ingestion.connectors.jobs.run(busy)
        assert (await ingestion.connectors.store.get(ADA, connector.id)).state == "in_step"


async def test_a_frozen_sync_cannot_write_late(world: World, folder: Path) -> None:
    allow(world, folder)
    put_file(folder, "a.txt", "A stone.")
    async with world.process() as ingestion:
        connector = await connected(ingestion, folder)
        job = await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest())
        frozen = await ingestion.stores.jobs.lease("frozen", job)
        assert frozen is not None
        world.clock.now += 120
        await ingestion.worker.drain()
        with pytest.raises(RagstoneError) as raised:
            await ingestion.connectors.jobs.run(frozen)
        after = await ingestion.connectors.store.get(ADA, connector.id)
    assert (raised.value.code, after.state, counts(after)) == ("lease_lost", "in_step", {"listed": 1, "added": 1})


async def test_a_list_longer_than_allowed_is_cut_and_deletes_nothing(disk: World, folder: Path) -> None:
    allow(disk, folder)
    for name in "bcd":
        put_file(folder, f"{name}.txt", f"The stone of {name}.")
    async with disk.process() as ingestion:
        connector = await connected(ingestion, folder, filters=SyncFilters(max_items=3))
        await synced(ingestion, connector)
        put_file(folder, "a.txt", "A stone.")
        cut = await synced(ingestion, connector)
        assert cut.sync is not None
        assert (cut.state, cut.sync.truncated, counts(cut)) == (
            "incomplete",
            True,
            {"listed": 3, "added": 1, "unchanged": 2},
        )
        assert len(await standing(ingestion, connector)) == 4


@pytest.mark.requirement("ING-11")
async def test_the_share_that_may_be_deleted_at_once_is_the_connectors_own(disk: World, folder: Path) -> None:
    allow(disk, folder)
    for number in range(10):
        put_file(folder, f"{number}.txt", f"Stone {number}.")
    async with disk.process() as ingestion:
        connector = await connected(ingestion, folder, filters=SyncFilters(delete_share=0.2))
        await synced(ingestion, connector)
        for number in range(3):
            (folder / f"{number}.txt").unlink()
        held = await synced(ingestion, connector)
        assert (held.state, counts(held)) == ("incomplete", {"listed": 7, "unchanged": 7, "held_back": 3})
        put_file(folder, "0.txt", "Stone 0.", age=100)
        back = await synced(ingestion, connector)
        assert (back.state, counts(back)["deleted"]) == ("in_step", 2)


async def test_a_document_somebody_deleted_or_that_failed_is_taken_again(disk: World, folder: Path) -> None:
    allow(disk, folder)
    for name in "ab":
        put_file(folder, f"{name}.txt", f"The stone of {name}.")
    async with disk.process() as ingestion:
        connector = await connected(ingestion, folder)
        await synced(ingestion, connector)
        documents = await ingestion.documents.list(ADA, connector.collection_id)
        await ingestion.deletion.request(ADA, documents[0].document_id)
        await ingestion.worker.drain()
        assert counts(await synced(ingestion, connector)) == {"listed": 2, "added": 1, "unchanged": 1}
        assert len(await standing(ingestion, connector)) == 2


async def test_a_sync_gives_way_while_the_queue_is_full(disk: World, folder: Path) -> None:
    disk.settings = disk.settings.model_copy(update={"tenant_jobs": 3, "total_jobs": 3, "hurry_jobs": 0})
    allow(disk, folder)
    for number in range(8):
        put_file(folder, f"{number}.txt", f"Stone {number}.")
    async with disk.process() as ingestion:
        connector = await connected(ingestion, folder)
        await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest())
        for _ in range(20):
            await ingestion.worker.drain()
            disk.clock.now += 120
        after = await ingestion.connectors.store.get(ADA, connector.id)
        assert (after.state, counts(after)["added"]) == ("in_step", 8)
        assert len(await standing(ingestion, connector)) == 8


@pytest.mark.parametrize("remove_documents", [False, True])
async def test_a_connector_goes_with_its_documents_only_when_asked(
    world: World, folder: Path, remove_documents: bool
) -> None:
    allow(world, folder)
    put_file(folder, "a.txt", "A stone.")
    async with world.process() as ingestion:
        connector = await connected(ingestion, folder, every_seconds=60)
        await ingestion.worker.drain()
        await ingestion.connectors.store.delete(ADA, connector.id, remove_documents=remove_documents)
        with pytest.raises(NotFound):
            await ingestion.connectors.store.get(ADA, connector.id)
        await connected_again(ingestion, folder)
        world.clock.now += 600
        await ingestion.worker.drain()
        assert len(await standing(ingestion, connector)) == (0 if remove_documents else 1)
        async with ingestion.stores.database.read() as connection:
            held = [
                await connection.scalar(select(func.count()).select_from(table))
                for table in (tables.connectors, tables.connector_items)
            ]
        assert held == [1, 0]


async def connected_again(ingestion: Ingestion, folder: Path) -> None:
    """The name is free at once."""
    demo = await ingestion.collections.find(ADA, "demo")
    new = NewConnector(name="src", kind="folder", collection="demo", config={"path": str(folder)})
    await ingestion.connectors.store.create(ADA, demo, new)
    with pytest.raises(Conflict):
        await ingestion.connectors.store.create(ADA, demo, new)


async def test_a_sync_under_way_ends_when_its_connector_is_deleted(world: World, folder: Path) -> None:
    allow(world, folder)
    put_file(folder, "a.txt", "A stone.")
    async with world.process() as ingestion:
        connector = await connected(ingestion, folder)
        job = await ingestion.connectors.store.sync(ADA, connector.id, SyncRequest())
        lease = await ingestion.stores.jobs.lease("busy", job)
        assert lease is not None
        await ingestion.connectors.store.delete(ADA, connector.id, remove_documents=True)
        await ingestion.worker.run(lease)
        await ingestion.worker.drain()
        assert await standing(ingestion, connector) == {}


async def test_a_dropped_collection_takes_its_connectors_along(world: World, folder: Path) -> None:
    allow(world, folder)
    put_file(folder, "a.txt", "A stone.")
    async with world.process() as ingestion:
        connector = await connected(ingestion, folder, every_seconds=60)
        await ingestion.worker.drain()
        await ingestion.collections.delete(ADA, "demo")
        with pytest.raises(NotFound):
            await ingestion.connectors.store.get(ADA, connector.id)
        await ingestion.worker.drain()
        async with ingestion.stores.database.read() as connection:
            rows = {
                table.name: await connection.scalar(select(func.count()).select_from(table))
                for table in tables.metadata.sorted_tables
            }
    assert {name: count for name, count in rows.items() if count} == {}


async def test_a_name_held_by_a_document_the_owner_may_not_see_is_not_taken(disk: World, folder: Path) -> None:
    put_file(folder, "a.txt", "A stone.")
    async with platform_of(disk, connector_roots=[str(folder.parent)]) as platform:
        bob = disk.caller("bob")
        hidden = Upload("demo", "src/a.txt", b"Bob's stone.", acl=["user:bob"])
        await platform.client.upload(bob, hidden)
        connector = await platform.connect("folder", {"path": str(folder)})
        assert counts(await platform.synced(connector)) == {"listed": 1, "skipped": 1}
        assert await platform.reasons(connector) == {"a.txt": "filename_taken"}


async def test_documents_get_the_connectors_acl_which_must_name_its_owner(disk: World, folder: Path) -> None:
    put_file(folder, "a.txt", "A stone.")
    async with platform_of(disk, connector_roots=[str(folder.parent)]) as platform:
        connector = await platform.connect("folder", {"path": str(folder)}, acl=["user:ada"])
        await platform.synced(connector)
        bob = disk.caller("bob")
        assert (await platform.client.list_documents(bob, "demo")).documents == []
        assert (await platform.client.list_connectors(bob)).connectors == []
        assert len((await platform.client.list_connectors(platform.caller)).connectors) == 1
        with pytest.raises(RagstoneError) as raised:
            await platform.connect("folder", {"path": str(folder)}, "other", acl=["user:bob"])
        assert raised.value.code == InvalidRequest.code


Call = Callable[[IngestionClient, Caller, str], Awaitable[object]]
CALLS: dict[str, Call] = {
    "get": lambda client, caller, id: client.get_connector(caller, id),
    "items": lambda client, caller, id: client.list_connector_items(caller, id),
    "sync": lambda client, caller, id: client.sync_connector(caller, id, SyncRequest()),
    "delete": lambda client, caller, id: client.delete_connector(caller, id),
    "remove": lambda client, caller, id: client.delete_connector(caller, id, remove_documents=True),
}


@pytest.mark.requirement("SEC-1")
async def test_another_tenants_connector_is_answered_as_an_unknown_id(world: World, folder: Path) -> None:
    async with platform_of(world, connector_roots=[str(folder.parent)]) as platform:
        connector = await platform.connect("folder", {"path": str(folder)}, acl=["user:ada"])
        for other in (world.caller("eve", tenant="other"), world.caller("bob")):
            for call in CALLS.values():
                answers = []
                for asked in ("00000000-0000-0000-0000-000000000000", connector.id):
                    with pytest.raises(RagstoneError) as raised:
                        await call(platform.client, other, asked)
                    answers.append((raised.value.status, str(raised.value).replace(asked, "ID")))
                assert answers[0] == answers[1]
                assert answers[0][0] == 404
                with pytest.raises(RagstoneError) as raised:
                    await call(platform.client, other, "a\x00b")
                assert raised.value.status == 404
        eve = world.caller("eve", tenant="other")
        new = NewConnector(name="x", kind="folder", collection="demo", config={"path": str(folder)})
        with pytest.raises(RagstoneError) as raised:
            await platform.client.create_connector(eve, new)
        assert raised.value.status == 404
        assert (await platform.client.get_connector(platform.caller, connector.id)).state == "new"


async def test_an_unknown_kind_names_the_known_ones(disk: World) -> None:
    async with platform_of(disk) as platform:
        with pytest.raises(RagstoneError, match="folder, git, s3, web"):
            await platform.connect("ftp", {})
