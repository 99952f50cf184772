"""Changing who may see documents and collections: what is taken away is gone from the next query on."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from ragstone_contracts.documents import DocumentAccepted, NewCollection
from ragstone_contracts.errors import NotFound, Unavailable
from ragstone_contracts.identity import Identity
from ragstone_contracts.sharing import CollectionUpdate, DocumentUpdate, SearchSettings
from ragstone_index import InMemoryVectorIndex, Visibility
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.errors import LockedOut
from ragstone_ingestion.jobs import JobKind
from ragstone_ingestion.tables import jobs, stale_access
from ragstone_ingestion.uploads import Arrival

from .conftest import ADA, World, document, new_collection, new_world, pieces, put, text_of
from .kill_switch import Killed, KillSwitch

BOB = Identity(tenant="t", user="bob", groups=["masons"])


class StubbornIndex(InMemoryVectorIndex):
    """Answers queries and takes no change of access."""

    away = True

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        if self.away:
            raise Unavailable("the index is read-only")
        await super().set_acl(collection, document_id, acl)


async def found_by(ingestion: Ingestion, who: Identity, collection_id: str) -> set[str]:
    """The documents a query of that caller finds, as retrieval asks for them."""
    try:
        seen = await ingestion.collections.find(who, collection_id)
    except NotFound:
        return set()
    visibility = Visibility(who.tenant, who.principals, seen.sequence, seen.withheld)
    return {chunk.document_id for chunk in await ingestion.stores.index.find(seen.id, visibility, 1000)}


async def change(ingestion: Ingestion, who: Identity, accepted: DocumentAccepted, wanted: DocumentUpdate) -> None:
    await ingestion.changes.of_document(who, accepted.document_id, wanted)


async def stale(ingestion: Ingestion) -> set[str]:
    async with ingestion.stores.database.read() as connection:
        return set((await connection.scalars(select(stale_access.c.document_id))).all())


@pytest.mark.requirement("RET-1")
async def test_who_loses_access_finds_nothing_from_the_answer_on_and_who_gains_it_once_the_index_knows(
    world: World,
) -> None:
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
        accepted = await put(ingestion, here, "a.txt", text_of("grey"))
        await ingestion.worker.drain()
        assert await found_by(ingestion, BOB, here.id) == {accepted.document_id}
        await change(ingestion, ADA, accepted, DocumentUpdate(acl=["user:ada"]))
        assert await found_by(ingestion, BOB, here.id) == set()
        assert await found_by(ingestion, ADA, here.id) == {accepted.document_id}
        with pytest.raises(NotFound):
            await ingestion.documents.get(BOB, accepted.document_id)
        await ingestion.worker.drain()
        assert {tuple(chunk.acl) for chunk in await world.index.chunks(here.id)} == {("user:ada",)}
        assert await stale(ingestion) == set()
        await change(ingestion, ADA, accepted, DocumentUpdate(acl=["user:ada", "group:masons"]))
        await ingestion.worker.drain()
        assert await found_by(ingestion, BOB, here.id) == {accepted.document_id}


@pytest.mark.requirement("RET-1")
async def test_an_index_that_cannot_be_told_hides_the_document_from_those_who_lost_it_alone(world: World) -> None:
    world.index = index = StubbornIndex()
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
        accepted = await put(ingestion, here, "a.txt", text_of("grey"))
        await ingestion.worker.drain()
        await change(ingestion, ADA, accepted, DocumentUpdate(acl=["user:ada", "user:eve"]))
        await ingestion.worker.drain()
        assert {tuple(chunk.acl) for chunk in await index.chunks(here.id)} == {("*",)}
        assert await found_by(ingestion, BOB, here.id) == set()
        assert await found_by(ingestion, ADA, here.id) == {accepted.document_id}
        index.away = False
        world.clock.now += 3600
        await ingestion.worker.drain()
        assert {tuple(chunk.acl) for chunk in await index.chunks(here.id)} == {("user:ada", "user:eve")}
        assert await stale(ingestion) == set()


@pytest.mark.requirement("RET-1")
async def test_an_ingestion_in_flight_does_not_bring_an_old_access_list_back(world: World) -> None:
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
        first = await put(ingestion, here, "a.txt", text_of("grey"))
        await ingestion.worker.drain()

        async def revoke(_: str) -> None:
            await change(ingestion, ADA, first, DocumentUpdate(acl=["user:ada"]))

        world.parser.before = revoke
        await put(ingestion, here, "a.txt", text_of("red"))
        lease = await ingestion.stores.jobs.lease("slow")
        assert lease is not None
        await ingestion.worker.run(lease)
        assert {chunk.version for chunk in await world.index.chunks(here.id)} == {1, 2}
        assert await found_by(ingestion, BOB, here.id) == set()
        await ingestion.worker.drain()
        assert {tuple(chunk.acl) for chunk in await world.index.chunks(here.id)} == {("user:ada",)}


@pytest.mark.requirement("RET-1")
async def test_a_batch_in_flight_does_not_bring_an_old_access_list_back(world: World) -> None:
    world.settings.hurry_jobs = 0
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
        accepted = [await put(ingestion, here, f"{n}.txt", text_of("grey")) for n in range(3)]

        async def revoke(filename: str) -> None:
            if filename == "1.txt":
                await change(ingestion, ADA, accepted[0], DocumentUpdate(acl=["user:ada"]))

        world.parser.before = revoke
        await ingestion.worker.run_next()
        others = {one.document_id for one in accepted[1:]}
        assert await found_by(ingestion, BOB, here.id) == others
        await ingestion.worker.drain()
        assert await found_by(ingestion, BOB, here.id) == others


@pytest.mark.requirement("RET-1")
async def test_a_re_upload_keeps_the_access_of_the_document_unless_it_says_otherwise(world: World) -> None:
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
        first = await put(ingestion, here, "a.txt", text_of("grey"))
        await ingestion.worker.drain()
        await change(ingestion, ADA, first, DocumentUpdate(acl=["user:ada"]))
        await put(ingestion, here, "a.txt", text_of("red"))
        await ingestion.worker.drain()
        assert (await document(ingestion, first)).acl == ["user:ada"]
        narrower = Arrival("a.txt", pieces(text_of("white").encode()), acl=["user:ada"])
        await ingestion.uploads.take(ADA, here, Arrival("b.txt", pieces(text_of("white").encode())))
        await ingestion.worker.drain()
        await ingestion.uploads.take(ADA, here, Arrival("b.txt", narrower.content, acl=["user:ada"]))
        assert await found_by(ingestion, BOB, here.id) == set(), "the old version answers, and not to everybody"


@pytest.mark.requirement("RET-1")
async def test_documents_that_inherit_follow_their_collection_and_the_others_stay(world: World) -> None:
    async with world.process() as ingestion:
        here = await ingestion.collections.create(ADA, NewCollection(name="demo", acl=["user:ada"]))
        inherits = await put(ingestion, here, "a.txt", text_of("grey"))
        own = Arrival("b.txt", pieces(text_of("red").encode()), acl=["user:ada"])
        await ingestion.uploads.take(ADA, here, own)
        await ingestion.worker.drain()
        assert (await document(ingestion, inherits)).inherits_acl
        shared = CollectionUpdate(
            acl=["user:ada", "group:masons"], name="walls", settings=SearchSettings(strategy="dense")
        )
        row, _ = await ingestion.sharing.change_collection(ADA, here.id, shared)
        assert (row.name, row.settings) == ("walls", {"strategy": "dense"})
        assert await found_by(ingestion, BOB, here.id) == set(), "no one gains before the index knows"
        await ingestion.worker.drain()
        assert await found_by(ingestion, BOB, here.id) == {inherits.document_id}
        await ingestion.sharing.change_collection(ADA, here.id, CollectionUpdate(acl=["user:ada"]))
        assert await found_by(ingestion, BOB, here.id) == set()
        await ingestion.worker.drain()
        assert {tuple(chunk.acl) for chunk in await world.index.chunks(here.id)} == {("user:ada",)}
        await change(ingestion, ADA, inherits, DocumentUpdate(acl=["*"]))
        await ingestion.worker.drain()
        assert not (await document(ingestion, inherits)).inherits_acl
        await change(ingestion, ADA, inherits, DocumentUpdate(acl="inherit"))
        await ingestion.worker.drain()
        assert (await document(ingestion, inherits)).acl == ["user:ada"]


async def test_nobody_is_locked_out_by_mistake(world: World) -> None:
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
        accepted = await put(ingestion, here, "a.txt", text_of("grey"))
        await ingestion.worker.drain()
        with pytest.raises(LockedOut):
            await change(ingestion, ADA, accepted, DocumentUpdate(acl=["user:bob"]))
        with pytest.raises(LockedOut):
            await ingestion.sharing.change_collection(ADA, here.id, CollectionUpdate(acl=["user:bob"]))
        await change(ingestion, ADA, accepted, DocumentUpdate(acl=["user:bob"], force=True))
        await ingestion.worker.drain()
        assert await found_by(ingestion, ADA, here.id) == set()
        assert await found_by(ingestion, BOB, here.id) == {accepted.document_id}
        with pytest.raises(NotFound):
            await change(ingestion, ADA, accepted, DocumentUpdate(acl=["*"]))


@pytest.mark.requirement("RET-1")
async def test_a_change_whose_job_was_lost_is_completed_by_the_reconciler(world: World) -> None:
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
        accepted = await put(ingestion, here, "a.txt", text_of("grey"))
        await ingestion.worker.drain()
        await change(ingestion, ADA, accepted, DocumentUpdate(acl=["user:ada"]))
        async with ingestion.stores.database.write() as connection:
            await connection.execute(delete(jobs).where(jobs.c.kind == JobKind.SHARE))
        assert await found_by(ingestion, BOB, here.id) == set()
        assert (await ingestion.reconciler.run()).stores["stale_access"].repaired == 1
        await ingestion.worker.drain()
        assert {tuple(chunk.acl) for chunk in await world.index.chunks(here.id)} == {("user:ada",)}
        assert (await ingestion.reconciler.run()).stores["stale_access"].found == 0


@pytest.mark.requirement("RET-1")
async def test_killed_at_any_point_a_change_of_access_is_completed_and_never_undone(tmp_path: Path) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path)
    async with world.process() as ingestion:
        here = await new_collection(ingestion)
    for at in range(0, 100, 3):
        async with world.process() as ingestion:
            accepted = await put(ingestion, here, f"{at}.txt", text_of("grey", 1))
            await ingestion.worker.drain()
        switch = KillSwitch(at)
        async with world.process() as ingestion:
            switch.wire(ingestion)
            try:
                await change(ingestion, ADA, accepted, DocumentUpdate(acl=["user:ada"]))
                changed = True
                await ingestion.worker.drain()
            except Killed:
                changed = at > 1
        world.clock.now += 3600
        async with world.process() as ingestion:
            if changed:
                assert accepted.document_id not in await found_by(ingestion, BOB, here.id)
            await ingestion.worker.drain()
            acl = (await document(ingestion, accepted)).acl
            chunks = await world.index.chunks(here.id, accepted.document_id)
            assert {tuple(chunk.acl) for chunk in chunks} == {tuple(acl)}
            assert await stale(ingestion) == set()
        if switch.points < at:
            return
    raise AssertionError("it has no end")
