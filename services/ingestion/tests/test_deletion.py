"""Deletion is complete, in every store, also when something dies on the way."""

import asyncio
import copy
import itertools
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ragstone_clients.ingestion import Upload
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import NotFound, RagstoneError
from ragstone_ingestion import tables
from ragstone_ingestion.endpoints import documents as endpoints

from .conftest import ADA, World, new_collection, put, seen, text_of
from .kill_switch import Killed, KillSwitch

STORES = ("index", "originals", "parsed", "documents", "versions", "vectors", "jobs", "changes", "stale_access")
NOTHING = dict.fromkeys(STORES, 0)


def files_in(world: World) -> list[Path]:
    return [path for path in Path(world.settings.objects_url).rglob("*") if path.is_file()]


async def rows_in(world: World) -> dict[str, int]:
    async with world.process() as ingestion, ingestion.stores.database.read() as connection:
        counts = {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in tables.metadata.sorted_tables
            if table is not tables.moments  # they say when a collection changed, and nothing of any document
        }
    return {name: count for name, count in counts.items() if count}


@pytest.mark.requirement("ING-7")
async def test_erasing_leaves_nothing_in_any_store_and_says_so(world: World) -> None:
    async with world.api() as (app, client):
        caller = world.caller()
        demo = await client.create_collection(caller, NewCollection(name="demo"))
        for text in ("old", "new"):
            accepted = await client.upload(caller, Upload("demo", "a.txt", text_of(text).encode()))
            await app.state.ingestion.worker.drain()
        receipt = await client.delete_document(caller, accepted.document_id, erase=True)
        with pytest.raises(RagstoneError):
            await client.get_document(caller, accepted.document_id)
    assert receipt.remaining == NOTHING
    assert await world.index.chunks(demo.id) == []
    assert files_in(world) == []
    assert await rows_in(world) == {"collections": 1}


async def test_a_plain_deletion_is_seen_by_the_next_search_and_frees_the_name(world: World) -> None:
    async with world.api() as (app, client):
        caller = world.caller()
        demo = await client.create_collection(caller, NewCollection(name="demo"))
        accepted = await client.upload(caller, Upload("demo", "a.txt", text_of("grey").encode()))
        await app.state.ingestion.worker.drain()
        receipt = await client.delete_document(caller, accepted.document_id)
        found = await world.index.chunks(demo.id)
        listed = await client.list_documents(caller, "demo")
        again = await client.upload(caller, Upload("demo", "a.txt", text_of("grey").encode()))
        await app.state.ingestion.worker.drain()
        ready = await client.get_document(caller, again.document_id)
    assert (found, listed.documents, receipt.remaining) == ([], [], NOTHING)
    assert (again.document_id != accepted.document_id, again.version, ready.state) == (True, 1, "ready")


async def test_a_plain_deletion_does_not_wait_long_for_a_worker_and_says_what_is_still_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "_MOST_SECONDS", 0.2)
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def hang(_: str) -> None:
        begun.set()
        await goes_on.wait()

    async with world.api() as (app, client):
        caller = world.caller()
        demo = await client.create_collection(caller, NewCollection(name="demo"))
        accepted = await client.upload(caller, Upload("demo", "a.txt", text_of("grey").encode()))
        await app.state.ingestion.worker.drain()
        await client.upload(caller, Upload("demo", "a.txt", text_of("green").encode()))
        world.parser.before = hang
        working = asyncio.create_task(app.state.ingestion.worker.drain())
        await begun.wait()
        receipt = await client.delete_document(caller, accepted.document_id)
        sequence = (await client.get_collection(caller, "demo")).sequence
        visible = seen(await world.index.chunks(demo.id), sequence)
        goes_on.set()
        await working
        assert (await rows_in(world)) == {"collections": 1}
    assert (receipt.remaining["originals"], receipt.remaining["documents"]) == (2, 1)
    assert visible == {}
    assert files_in(world) == []


@pytest.mark.requirement("ING-7")
async def test_an_object_two_documents_share_goes_with_the_last_of_them(world: World) -> None:
    async with world.api() as (app, client):
        caller = world.caller()
        accepted = []
        for name in ("one", "two"):
            await client.create_collection(caller, NewCollection(name=name))
            accepted.append(await client.upload(caller, Upload(name, "a.txt", text_of("grey").encode())))
        await app.state.ingestion.worker.drain()
        first = await client.delete_document(caller, accepted[0].document_id, erase=True)
        assert first.remaining == NOTHING
        assert len(files_in(world)) == 2
        assert (await client.get_text(caller, accepted[1].document_id)).text.startswith("The grey")
        await client.delete_document(caller, accepted[1].document_id, erase=True)
    assert files_in(world) == []


@pytest.mark.requirement("ING-7")
async def test_killed_at_any_point_a_deletion_is_completed_by_the_next_worker(world: World) -> None:
    async with world.process() as ingestion:
        for at in itertools.count():
            demo = await new_collection(ingestion, f"demo {at}")
            accepted = await put(ingestion, demo, "a.txt", text_of(str(at), 2))
            await ingestion.worker.drain()
            requested = await ingestion.deletion.request(ADA, accepted.document_id)
            index = copy.copy(world.index)
            switch = KillSwitch(at)
            async with world.process(index) as doomed:
                switch.wire(doomed)
                try:
                    await doomed.worker.drain()
                except Killed:
                    world.clock.now += world.settings.lease_seconds
            await ingestion.worker.drain()
            receipt = await ingestion.deletion.receipt(requested)
            assert receipt.remaining == NOTHING, at
            if switch.points < at:
                break
    assert at > 8
    assert files_in(world) == []


async def test_a_document_deleted_while_it_is_worked_on_leaves_nothing(world: World) -> None:
    async with world.process() as ingestion, world.process() as other:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("grey"))

        async def delete(_: str) -> None:
            await other.deletion.request(ADA, accepted.document_id)

        world.parser.before = delete
        await ingestion.worker.drain()
    assert await world.index.chunks(demo.id) == []
    assert files_in(world) == [] or await rows_in(world) == {"collections": 1}
    assert await rows_in(world) == {"collections": 1}


async def test_a_deleted_collection_is_gone_with_all_it_held_and_its_name_is_free(world: World) -> None:
    async with world.api() as (app, client):
        caller = world.caller()
        demo = await client.create_collection(caller, NewCollection(name="demo"))
        for number in range(3):
            await client.upload(caller, Upload("demo", f"{number}.txt", text_of(str(number), 2).encode()))
        await app.state.ingestion.worker.drain()
        await client.upload(caller, Upload("demo", "queued.txt", b"A stone that was never looked at."))
        await client.delete_collection(caller, demo.id)
        with pytest.raises(RagstoneError):
            await client.get_collection(caller, "demo")
        again = await client.create_collection(caller, NewCollection(name="demo"))
        await app.state.ingestion.worker.drain()
    assert again.id != demo.id
    assert await world.index.chunks(demo.id) == []
    assert files_in(world) == []
    assert await rows_in(world) == {"collections": 1}


async def test_an_upload_into_a_collection_that_is_being_deleted_is_not_found(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await ingestion.collections.delete(ADA, demo.id)
        with pytest.raises(NotFound):
            await put(ingestion, demo, "a.txt", "A stone.")
    assert files_in(world) == []
