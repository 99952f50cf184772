"""Erasing ends with nothing left, whatever dies on the way and whatever else goes on."""

import asyncio
import copy
import itertools
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from ragstone_clients.ingestion import Upload
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_ingestion import tables
from ragstone_ingestion.assembly import Ingestion
from ragstone_kit.logs import configure_logs

from .conftest import ADA, World, document, new_collection, new_world, put, text_of
from .kill_switch import Killed, KillSwitch
from .test_deletion import NOTHING, files_in, rows_in

_DYING = "services.ingestion.tests.dying"


async def erased(ingestion: Ingestion, document_id: str) -> dict[str, int]:
    """The receipt of an erasure."""
    requested = await ingestion.deletion.request(ADA, document_id, erase=True)
    await ingestion.worker.finish(requested.job_id, 20)
    return (await ingestion.deletion.receipt(requested)).remaining


async def killed_at(world: World, at: int) -> bool:
    """Work in a process that dies at its ``at``-th touch of a store; true when it was done before."""
    async with world.process(copy.copy(world.index)) as doomed:
        KillSwitch(at).wire(doomed)
        try:
            await doomed.worker.drain()
        except Killed:
            world.clock.now += world.settings.lease_seconds
            return False
    return True


@pytest.mark.requirement("ING-7")
async def test_a_dropped_collection_is_gone_wherever_its_removal_was_killed(world: World) -> None:
    async with world.process() as ingestion:
        for at in itertools.count(step=1 if world.settings.database_url.startswith("sqlite") else 3):
            demo = await new_collection(ingestion)
            for name in ("a.txt", "b.txt"):
                await put(ingestion, demo, name, text_of("shared", 1))
                await ingestion.worker.drain()
            await put(ingestion, demo, "queued.txt", text_of("queued", 1))
            await ingestion.collections.delete(ADA, demo.id)
            finished = await killed_at(world, at)
            await ingestion.worker.drain()
            assert (await rows_in(world), files_in(world), await world.index.collections()) == ({}, [], []), at
            if finished:
                break
    assert at > 10


@pytest.mark.requirement("ING-7")
async def test_a_document_whose_ingestion_was_killed_anywhere_can_be_erased_at_once(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        for at in itertools.count(step=1 if world.settings.database_url.startswith("sqlite") else 4):
            accepted = await put(ingestion, demo, "a.txt", text_of(f"old {at}", 1))
            if at % 2:
                await ingestion.worker.drain()
                accepted = await put(ingestion, demo, "a.txt", text_of(f"new {at}", 2))
            finished = await killed_at(world, at)
            assert await erased(ingestion, accepted.document_id) == NOTHING, at
            assert (await rows_in(world), files_in(world)) == ({"collections": 1}, []), at
            assert await world.index.chunks(demo.id) == [], at
            if finished:
                break
    assert at > 10


@pytest.mark.requirement("ING-7")
@pytest.mark.parametrize("at", [1, 6])
async def test_a_process_that_is_killed_while_it_erases_is_followed_by_one_that_completes_it(
    tmp_path: Path, at: int
) -> None:
    """A real process, a real SIGKILL, on the embedded engine."""
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path, lease_seconds=1)
    edge = QdrantEdgeIndex(tmp_path / "index")
    async with world.process(edge) as ingestion:  # type: ignore[arg-type]
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("grey", 2))
        await ingestion.worker.drain()
    await edge.close()
    command = [sys.executable, "-m", _DYING, str(tmp_path), accepted.document_id, str(at)]
    dying = await asyncio.to_thread(subprocess.run, command, capture_output=True, cwd=_root())
    assert dying.returncode == -signal.SIGKILL, dying.stderr.decode()
    world.clock.now = time.time() + 60  # its leases have run out
    edge = QdrantEdgeIndex(tmp_path / "index")
    try:
        async with world.process(edge) as ingestion:  # type: ignore[arg-type]
            assert await erased(ingestion, accepted.document_id) == NOTHING
            assert await edge.chunks(demo.id) == []
    finally:
        await edge.close()
    assert (await rows_in(world), files_in(world)) == ({"collections": 1}, [])


def _root() -> Path:
    return Path(__file__).resolve().parents[3]


async def test_what_is_being_ingested_is_erased_when_its_worker_has_stopped(world: World) -> None:
    begun = asyncio.Event()

    async def hang(_: str) -> None:
        begun.set()
        await asyncio.sleep(3600)

    world.settings.lease_seconds = 0.5  # how often a worker hears that it was called off
    world.parser.before = hang
    async with world.process() as ingestion, world.process() as other:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("grey"))
        working = asyncio.create_task(other.worker.drain())
        await begun.wait()
        assert await erased(ingestion, accepted.document_id) == NOTHING
        await working
        assert await ingestion.worker.drain() == 0
    assert (await rows_in(world), files_in(world)) == ({"collections": 1}, [])


async def test_asked_for_twice_at_once_both_are_told_that_nothing_is_left(world: World) -> None:
    async with world.process() as ingestion, world.process() as other:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("grey"))
        await ingestion.worker.drain()
        first = await ingestion.deletion.request(ADA, accepted.document_id, erase=True)
        second = await other.deletion.request(ADA, accepted.document_id, erase=True)
        assert first.job_id == second.job_id
        await asyncio.gather(ingestion.worker.finish(first.job_id, 20), other.worker.finish(second.job_id, 20))
        assert (await ingestion.deletion.receipt(first)).remaining == NOTHING
        assert (await other.deletion.receipt(second)).remaining == NOTHING


@pytest.mark.requirement("SEC-1")
async def test_only_who_may_see_a_document_can_join_its_removal(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("grey"))
        await ingestion.deletion.request(ADA, accepted.document_id)
        eve = ADA.model_copy(update={"tenant": "other"})
        for identity, erase in ((eve, True), (ADA, False)):
            with pytest.raises(RagstoneError) as raised:
                await ingestion.deletion.request(identity, accepted.document_id, erase=erase)
            unknown = str(raised.value).replace(accepted.document_id, "x")
            with pytest.raises(RagstoneError) as raised:
                await ingestion.deletion.request(identity, "x", erase=erase)
            assert (raised.value.status, str(raised.value)) == (404, unknown)


async def test_a_document_comes_anew_under_its_name_while_the_old_one_goes(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        old = await put(ingestion, demo, "a.txt", text_of("grey", 2))
        await ingestion.worker.drain()
        requested = await ingestion.deletion.request(ADA, old.document_id)
        new = await put(ingestion, demo, "a.txt", text_of("grey", 2))
        await ingestion.worker.drain()
        shown = await document(ingestion, new)
        assert (new.document_id != old.document_id, new.version, shown.state) == (True, 1, DocumentState.READY)
        assert (await ingestion.deletion.receipt(requested)).remaining == NOTHING
        assert {chunk.document_id for chunk in await world.index.chunks(demo.id)} == {new.document_id}
        assert (await ingestion.reading.text(ADA, new.document_id, None, 0, 8)).text == "The grey"


@pytest.mark.requirement("ING-7")
async def test_neither_rows_nor_logs_keep_words_of_an_erased_document(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ingested, refused, broken and retried on the way, so that there is much to tell."""
    configure_logs(json=True)
    secret = "Zanzibar"
    async with world.api() as (app, client):
        caller, ingestion = world.caller(), app.state.ingestion
        await client.create_collection(caller, NewCollection(name="demo"))
        uploads = [
            Upload("demo", "a.txt", text_of(secret).encode()),
            Upload("demo", "b.pdf", b"%PDF-1.7 " + secret.encode()),
            Upload("demo", "c.txt", text_of(f"{secret} again").encode()),
        ]
        accepted = []
        for number, upload in enumerate(uploads):
            if number == 2:
                world.models.dimensions = 16  # the index will refuse the vectors
            accepted.append(await client.upload(caller, upload))
            await ingestion.worker.drain()
        receipts = [await client.delete_document(caller, one.document_id, erase=True) for one in accepted]
        async with ingestion.stores.database.read() as connection:
            rows = [
                str(row) for table in tables.metadata.sorted_tables for row in await connection.execute(select(table))
            ]
    assert [receipt.remaining for receipt in receipts] == [NOTHING] * 3
    told = capsys.readouterr().err
    assert accepted[2].document_id in told or accepted[2].job_id in told
    assert secret not in told
    assert secret not in "".join(rows)
