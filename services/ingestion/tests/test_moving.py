"""A document on its way to another collection: in one of the two for every query, whatever is killed on the way."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from ragstone_contracts.documents import Collection, CollectionSettings, DocumentAccepted, NewCollection
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.sharing import DocumentUpdate
from ragstone_index import Visibility
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.errors import FilenameTaken, Moving, NotReady

from .conftest import ADA, World, document, new_collection, new_world, put, text_of
from .kill_switch import Killed, KillSwitch
from .test_sharing import BOB, found_by, stale

WALL = "wall.txt"


async def move(ingestion: Ingestion, accepted: DocumentAccepted, to: Collection) -> list[str]:
    return await ingestion.changes.of_document(ADA, accepted.document_id, DocumentUpdate(collection=to.id))


async def seen_in_all(ingestion: Ingestion, who: Identity = ADA) -> Counter[tuple[str, str]]:
    """How many chunks of which document a query in all collections finds in which of them."""
    found: Counter[tuple[str, str]] = Counter()
    for one in await ingestion.collections.list(who):
        visibility = Visibility(who.tenant, who.principals, one.sequence, one.withheld)
        for chunk in await ingestion.stores.index.find(one.id, visibility, 1000):
            found[one.name, chunk.document_id] += 1
    return found


async def two(ingestion: Ingestion) -> tuple[Collection, Collection]:
    open_to_all = await new_collection(ingestion, "open")
    secret = await ingestion.collections.create(ADA, NewCollection(name="secret", acl=["user:ada"]))
    return open_to_all, secret


@pytest.mark.requirement("RET-1")
async def test_a_moved_document_keeps_its_id_and_history_and_has_the_access_of_its_new_collection(world: World) -> None:
    async with world.process() as ingestion:
        here, there = await two(ingestion)
        await put(ingestion, here, WALL, text_of("grey"))
        await ingestion.worker.drain()
        accepted = await put(ingestion, here, WALL, text_of("red"))
        await ingestion.worker.drain()
        embedded = len(world.embedded)
        await move(ingestion, accepted, there)
        await ingestion.worker.drain()
        shown = await document(ingestion, accepted)
        assert (shown.collection, shown.version, shown.active_version, shown.acl) == ("secret", 2, 2, ["user:ada"])
        assert len(world.embedded) == embedded, "its vectors were known"
        assert "grey" in (await ingestion.reading.text(ADA, accepted.document_id, 1, None, None)).text
        assert await found_by(ingestion, BOB, here.id) == set()
        assert await found_by(ingestion, ADA, here.id) == set()
        assert await found_by(ingestion, ADA, there.id) == {accepted.document_id}
        with pytest.raises(NotFound):
            await ingestion.documents.get(BOB, accepted.document_id)
        world.clock.now += 3600
        await ingestion.worker.drain()
        assert await world.index.chunks(here.id) == []
        assert await stale(ingestion) == set()
        report = (await ingestion.reconciler.run()).stores
        assert not any(one.found for one in report.values())


@pytest.mark.requirement("RET-1")
async def test_every_query_during_a_move_finds_all_of_the_document_in_one_place(world: World) -> None:
    async with world.process() as ingestion:
        here, there = await two(ingestion)
        accepted = await put(ingestion, here, WALL, text_of("grey"))
        await ingestion.worker.drain()
        whole = sum((await seen_in_all(ingestion)).values())
        places: set[str] = set()
        for to in (there, here, there):
            await move(ingestion, accepted, to)
            working = asyncio.create_task(ingestion.worker.drain())
            while not working.done():
                seen = await seen_in_all(ingestion)
                assert list(seen.values()) == [whole], seen
                places |= {name for name, _ in seen}
            await working
            assert [name for name, _ in await seen_in_all(ingestion)] == [to.name]
        assert places == {"open", "secret"}


@pytest.mark.requirement("RET-1")
async def test_killed_at_any_point_a_move_is_completed_and_leaves_nothing_behind(tmp_path: Path) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path)
    async with world.process() as ingestion:
        here, there = await two(ingestion)
    for at in range(0, 200, 5):
        async with world.process() as ingestion:
            accepted = await put(ingestion, here, f"{at}.txt", text_of("grey", 2))
            await ingestion.worker.drain()
            whole = len(await world.index.chunks(here.id, accepted.document_id))
        switch = KillSwitch(at)
        async with world.process() as ingestion:
            asked = await move(ingestion, accepted, there)
            switch.wire(ingestion)
            try:
                await ingestion.worker.drain()
            except Killed:
                assert asked
        async with world.process() as ingestion:
            seen = {
                key: count for key, count in (await seen_in_all(ingestion)).items() if key[1] == accepted.document_id
            }
            assert list(seen.values()) == [whole], at
            await ingestion.reconciler.run()
            for _ in range(3):
                world.clock.now += 3600
                await ingestion.worker.drain()
            assert (await document(ingestion, accepted)).collection == "secret"
            assert await world.index.chunks(here.id, accepted.document_id) == []
            assert len(await world.index.chunks(there.id, accepted.document_id)) == whole
            assert await stale(ingestion) == set()
            await ingestion.deletion.request(ADA, accepted.document_id)
            await ingestion.worker.drain()
        if switch.points < at:
            return
    raise AssertionError("it has no end")


@pytest.mark.requirement("RET-1")
async def test_access_that_changes_during_a_move_is_what_the_new_collection_has(world: World) -> None:
    async with world.process() as ingestion:
        here, there = await new_collection(ingestion, "open"), await new_collection(ingestion, "other")
        accepted = await put(ingestion, here, WALL, text_of("grey"))
        await ingestion.worker.drain()
        await move(ingestion, accepted, there)
        real = world.index.set_life

        async def revoked_meanwhile(*args: object, **life: object) -> None:
            world.index.set_life = real  # type: ignore[method-assign]
            await ingestion.changes.of_document(ADA, accepted.document_id, DocumentUpdate(acl=["user:ada"]))
            await real(*args, **life)  # type: ignore[arg-type]

        world.index.set_life = revoked_meanwhile  # type: ignore[method-assign]
        await ingestion.worker.run_next()
        assert (await document(ingestion, accepted)).collection == "other"
        assert await seen_in_all(ingestion, BOB) == {}
        await ingestion.worker.drain()
        assert {tuple(chunk.acl) for chunk in await world.index.chunks(there.id)} == {("user:ada",)}
        assert await seen_in_all(ingestion, BOB) == {}


async def test_what_cannot_be_moved_says_why(world: World) -> None:
    async with world.process() as ingestion:
        here, there = await two(ingestion)
        accepted = await put(ingestion, here, WALL, text_of("grey"))
        with pytest.raises(NotReady):
            await move(ingestion, accepted, there)
        await ingestion.worker.drain()
        bobs = DocumentUpdate(collection="secret")
        with pytest.raises(NotFound, match="no collection 'secret'"):
            await ingestion.changes.of_document(BOB, accepted.document_id, bobs)
        assert await move(ingestion, accepted, here) == []
        taken = await put(ingestion, there, WALL, text_of("red"))
        with pytest.raises(FilenameTaken):
            await move(ingestion, accepted, there)
        await ingestion.deletion.request(ADA, taken.document_id)
        first = await move(ingestion, accepted, there)
        assert await move(ingestion, accepted, there) == first
        with pytest.raises(Moving):
            await put(ingestion, here, WALL, text_of("white"))
        await ingestion.worker.drain()
        again = await put(ingestion, here, WALL, text_of("white"))
        assert again.document_id != accepted.document_id


async def test_a_new_collection_cuts_its_documents_its_own_way(world: World) -> None:
    async with world.process() as ingestion:
        here = await new_collection(ingestion, "open")
        fine = NewCollection(name="fine", settings=CollectionSettings(chunk_tokens=32))
        there = await ingestion.collections.create(ADA, fine)
        accepted = await put(ingestion, here, WALL, text_of("grey"))
        await ingestion.worker.drain()
        await move(ingestion, accepted, there)
        await ingestion.worker.drain()
        cut = len(await world.index.chunks(there.id))
        assert cut > len(await world.index.chunks(here.id))
        assert (await document(ingestion, accepted)).chunks == cut


async def test_what_is_deleted_on_its_way_is_gone_from_both_places(world: World) -> None:
    async with world.process() as ingestion:
        here, there = await two(ingestion)
        accepted = await put(ingestion, here, WALL, text_of("grey"))
        await ingestion.worker.drain()
        await move(ingestion, accepted, there)
        await ingestion.worker.run_next()
        requested = await ingestion.deletion.request(ADA, accepted.document_id, erase=True)
        await ingestion.worker.drain()
        receipt = await ingestion.deletion.receipt(requested)
        assert not any(receipt.remaining.values())
        assert await world.index.chunks(here.id) == await world.index.chunks(there.id) == []


async def test_a_collection_is_dropped_while_a_document_leaves_it(world: World) -> None:
    async with world.process() as ingestion:
        here, there = await two(ingestion)
        accepted = await put(ingestion, here, WALL, text_of("grey"))
        await ingestion.worker.drain()
        await move(ingestion, accepted, there)
        await ingestion.collections.delete(ADA, here.id)
        await ingestion.worker.drain()
        with pytest.raises(NotFound):
            await ingestion.documents.get(ADA, accepted.document_id)
        assert await ingestion.stores.index.chunks(there.id) == []
