"""The reconciler finds exactly what does not belong, in every store, and touches nothing that lives."""

import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from ragstone_contracts.documents import DocumentState
from ragstone_index import IndexedChunk, VectorIndex, encode_document
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_ingestion.objects import original_key
from ragstone_ingestion.reconciling.blobs import Blobs
from ragstone_ingestion.reconciling.chunks import Chunks
from ragstone_ingestion.reconciling.repair import Repair
from ragstone_ingestion.tables import changes, collections, documents, jobs, vectors, versions
from ragstone_testing.scripted_models import hashed_vectors

from ..conftest import (  # noqa: TID252  tests are no packages
    ADA,
    World,
    document,
    new_collection,
    put,
    text_of,
)
from .scene import (
    GONE,
    Scene,
    answering,
    copy_row,
    insert_row,
    pieces_of,
    scene,
    set_age,
    version_row,
)


@pytest.fixture
def index(world: World) -> VectorIndex:
    return world.index


@pytest.fixture
async def any_index(request: pytest.FixtureRequest, world: World) -> AsyncIterator[VectorIndex]:
    """The embedded engine with the SQLite tables it goes with, in memory where there is such a folder."""
    if not world.settings.database_url.startswith("sqlite"):
        yield world.index
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: ASYNC240
        edge = QdrantEdgeIndex(folder)
        yield edge
        await edge.close()


async def test_what_is_in_order_is_left_alone(world: World, any_index: VectorIndex) -> None:
    async with scene(world, any_index) as one:
        before = await one.everything()
        report = await one.ingestion.reconciler.run()
        assert await one.everything() == before
    assert set(report.stores) >= {"incoming", "originals", "parsed", "index", "index_collections", "vectors", "jobs"}
    assert all(count.found == 0 for count in report.stores.values())


Planting = Callable[[Scene], Awaitable[None]]
PLANTED: dict[str, tuple[Planting, dict[str, tuple[int, int, int]]]] = {}


def planted(**found: int) -> Callable[[Planting], Planting]:
    """Register something to plant, and how much of it is to be found and removed in which stores."""

    def register(plant: Planting) -> Planting:
        PLANTED[plant.__name__] = plant, {store: (count, count, 0) for store, count in found.items()}
        return plant

    return register


@planted(incoming=1)
async def an_upload_that_broke_off(one: Scene) -> None:
    received = await one.ingestion.stores.objects.receive(pieces_of(b"half a stone"), 1000)
    set_age(one, received.key, one.world.settings.reconcile_grace_seconds + 1)


@planted(originals=2, parsed=1)
async def objects_no_version_has(one: Scene) -> None:
    for key in ("originals/t/00/00", "originals/gone%2Etenant/00/00", "parsed/t/00/00-11.json"):
        await one.ingestion.stores.objects.write(key, b"stone")


@planted(index_collections=1)
async def a_collection_in_the_index_alone(one: Scene) -> None:
    await one.plant(GONE, GONE, 1)


@planted(index=2)
async def chunks_of_a_document_that_is_gone(one: Scene) -> None:
    for version in (1, 2):
        await one.plant(one.demo.id, GONE, version)


@planted(index=1)
async def chunks_of_a_document_of_another_collection(one: Scene) -> None:
    other = await new_collection(one.ingestion, "other")
    accepted = await put(one.ingestion, other, "a.txt", text_of("other", 1))
    await one.plant(one.demo.id, accepted.document_id, 1)


@planted(index=2)
async def chunks_of_versions_that_were_replaced_or_never_were(one: Scene) -> None:
    await one.plant(one.demo.id, one.replaced.document_id, 1)
    await one.plant(one.demo.id, one.replaced.document_id, 17)


@planted(vectors=1)
async def a_vector_of_a_version_that_was_replaced(one: Scene) -> None:
    await insert_row(
        one, vectors, document_id=one.replaced.document_id, model="m", text_sha256="x", version=1, vector=b""
    )


@planted(versions=1, vectors=1, jobs=1, changes=1)
async def rows_of_a_document_that_is_gone(one: Scene) -> None:
    await insert_row(one, vectors, document_id=GONE, model="m", text_sha256="x", version=1, vector=b"")
    await copy_row(one, versions, versions.c.document_id == one.replaced.document_id, document_id=GONE)
    await copy_row(one, jobs, jobs.c.document_id == one.replaced.document_id, document_id=GONE, id=GONE)
    await insert_row(one, changes, collection_id=one.demo.id, sequence=99, document_id=GONE, job_id=GONE, epoch=1)


@planted(documents=1, versions=1, jobs=1)
async def a_document_of_a_collection_that_is_gone(one: Scene) -> None:
    there = documents.c.id == one.replaced.document_id
    await copy_row(one, documents, there, id=GONE, collection_id="gone too")
    await copy_row(one, versions, versions.c.document_id == one.replaced.document_id, document_id=GONE)
    await copy_row(one, jobs, jobs.c.document_id == one.replaced.document_id, collection_id="gone too", id=GONE)


AT_ONCE = [plant for plant, _ in PLANTED.values() if plant is not a_document_of_a_collection_that_is_gone]
"""All that are not planted under the same ids."""


@pytest.mark.requirement("ING-7")
@pytest.mark.parametrize("name", PLANTED)
async def test_what_was_planted_is_found_and_removed_and_nothing_else(
    world: World, index: VectorIndex, name: str
) -> None:
    plant, expected = PLANTED[name]
    async with scene(world, index) as one:
        before = await one.everything()
        await plant(one)
        if plant is chunks_of_a_document_of_another_collection:
            before = (await one.rows(), before[1], one.files())
        dry = await one.reconcile(dry_run=True)
        assert dry == {store: (count, 0, 0) for store, (count, _, _) in expected.items()}
        assert await one.reconcile() == expected
        assert await one.everything() == before
        assert await index.chunks(GONE) == []
        assert await one.reconcile() == {}


@pytest.mark.requirement("ING-7")
async def test_everything_planted_at_once_is_gone_after_one_run(world: World, any_index: VectorIndex) -> None:
    async with scene(world, any_index) as one:
        chunks = await one.chunks()
        for plant in AT_ONCE:
            await plant(one)
        await one.reconcile()
        assert await one.chunks() == chunks
        assert await one.reconcile() == {}


async def test_uploads_under_way_are_left_alone(world: World, index: VectorIndex) -> None:
    async with scene(world, index) as one:
        received = await one.ingestion.stores.objects.receive(pieces_of(b"half a stone"), 1000)
        set_age(one, received.key, one.world.settings.reconcile_grace_seconds - 1)
        assert await one.reconcile() == {}
        assert await one.ingestion.stores.objects.exists(received.key)


Damage = Callable[[Scene], Awaitable[None]]


async def _lose_a_chunk(one: Scene) -> None:
    # The port removes whole versions: put all but one of the chunks back.
    held = await one.ingestion.stores.index.chunks(one.demo.id, one.replaced.document_id, 3)
    await one.ingestion.stores.index.delete(one.demo.id, one.replaced.document_id, 3)
    for chunk in held[1:]:
        [vector] = hashed_vectors([chunk.text], 32)
        entry = IndexedChunk(chunk, vector, encode_document(chunk.text))
        await one.ingestion.stores.index.upsert(one.demo.id, [entry])


async def _lose_all_chunks(one: Scene) -> None:
    await one.ingestion.stores.index.delete(one.demo.id, one.replaced.document_id)


async def _lose_the_collection(one: Scene) -> None:
    await one.ingestion.stores.index.drop(one.demo.id)


async def _gain_a_chunk(one: Scene) -> None:
    await one.plant(one.demo.id, one.replaced.document_id, 3)


async def _become_invisible(one: Scene) -> None:
    await one.ingestion.stores.index.set_life(one.demo.id, one.replaced.document_id, 3, died=1)


async def _lose_what_was_parsed(one: Scene) -> None:
    row = await version_row(one)
    await one.ingestion.stores.objects.delete(row.parsed_key)


@pytest.mark.requirement("ING-7")
@pytest.mark.parametrize(
    ("damage", "store"),
    [
        (_lose_a_chunk, "index"),
        (_lose_all_chunks, "index"),
        (_lose_the_collection, "index"),
        (_gain_a_chunk, "index"),
        (_become_invisible, "index"),
        (_lose_what_was_parsed, "parsed"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_an_active_version_with_a_loss_is_made_anew(
    world: World, any_index: VectorIndex, damage: Damage, store: str
) -> None:
    async with scene(world, any_index) as one:
        await one.ingestion.worker.drain()  # a document that is worked on would not be looked at
        whole = await answering(one)
        await damage(one)
        losses = 3 + 1 if damage is _lose_the_collection else 1
        assert await one.reconcile(dry_run=True) == {store: (losses, 0, 0)}
        assert await one.reconcile() == {store: (losses, 0, losses)}
        assert await one.reconcile() == {}
        await one.ingestion.worker.drain()
        mended = await document(one.ingestion, one.replaced)
        assert (mended.state, mended.version, mended.active_version) == (DocumentState.READY, 4, 4)
        assert await answering(one) == whole
        world.clock.now += world.settings.prune_seconds
        await one.ingestion.worker.drain()
        assert await one.reconcile() == {}
        assert (await one.ingestion.reading.text(ADA, one.replaced.document_id, 3, 0, 4)).text == "The "


async def test_a_lost_original_is_reported_each_time_and_nothing_is_made_of_it(
    world: World, index: VectorIndex
) -> None:
    async with scene(world, index) as one:
        await one.ingestion.stores.objects.delete((await version_row(one)).original_key)
        before = await one.everything()
        for _ in range(2):
            assert await one.reconcile() == {"originals": (1, 0, 0)}
        assert await one.everything() == before


async def test_what_is_worked_on_is_not_repaired_or_removed(world: World, index: VectorIndex) -> None:
    async with scene(world, index) as one:
        await put(one.ingestion, one.demo, "replaced.txt", text_of("fourth", 3))
        looked: list[dict[str, Any]] = []

        async def reconcile(_: str) -> None:
            await _lose_all_chunks(one)
            looked.append(await one.reconcile())

        world.parser.before = reconcile
        await one.ingestion.worker.drain()
        assert looked == [{}, {}]
        assert (await document(one.ingestion, one.replaced)).active_version == 4
        assert await one.reconcile() == {}


async def test_an_object_that_an_upload_takes_up_meanwhile_is_kept(
    world: World, index: VectorIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = text_of("fresh", 1)
    key = original_key("t", hashlib.sha256(text.encode()).hexdigest())
    async with scene(world, index) as one:
        await one.ingestion.stores.objects.write(key, text.encode())
        accepted = _then(monkeypatch, Blobs, "_unused", lambda: put(one.ingestion, one.demo, "fresh.txt", text))
        assert await one.reconcile() == {}
        assert len(accepted) == 1
        await one.ingestion.worker.drain()
        assert (await one.ingestion.reading.text(ADA, accepted[0].document_id, None, None, None)).text == text


async def test_chunks_of_a_version_that_is_begun_meanwhile_are_kept(
    world: World, index: VectorIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(world, index) as one:
        await one.plant(one.demo.id, one.replaced.document_id, 4)
        new = text_of("fourth", 3)
        accepted = _then(monkeypatch, Chunks, "_suspects", lambda: put(one.ingestion, one.demo, "replaced.txt", new))
        assert await one.reconcile() == {}
        assert [one.version for one in accepted] == [4]
        assert len(await index.chunks(one.demo.id, one.replaced.document_id, 4)) == 1
        await one.ingestion.worker.drain()
        shown = await document(one.ingestion, one.replaced)
        assert len(await index.chunks(one.demo.id, one.replaced.document_id, 4)) == shown.chunks


async def test_a_document_that_is_replaced_meanwhile_is_not_repaired(
    world: World, index: VectorIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(world, index) as one:
        await _lose_all_chunks(one)
        new = text_of("fourth", 3)
        _then(monkeypatch, Repair, "_losses", lambda: put(one.ingestion, one.demo, "replaced.txt", new))
        assert await one.reconcile() == {}
        await one.ingestion.worker.drain()
        assert (await document(one.ingestion, one.replaced)).active_version == 4


def _then(monkeypatch: pytest.MonkeyPatch, part: type, method: str, happens: Callable[[], Awaitable[Any]]) -> list[Any]:
    """Have something happen once, when the part has looked and before it acts; returns what came of it."""
    real, came = getattr(part, method), list[Any]()

    async def looked(*args: Any) -> Any:
        found = await real(*args)
        if not came:
            came.append(await happens())
        return found

    monkeypatch.setattr(part, method, looked)
    return came


@pytest.mark.parametrize("kind", ["document", "collection"])
async def test_a_removal_whose_job_was_lost_is_taken_up(world: World, index: VectorIndex, kind: str) -> None:
    async with scene(world, index) as one:
        if kind == "document":
            await one.ingestion.deletion.request(ADA, one.replaced.document_id)
        else:
            await one.ingestion.collections.delete(ADA, one.demo.id)
        async with one.writing() as connection:
            await connection.execute(delete(jobs).where(jobs.c.kind.in_(["delete", "drop"])))
        assert await one.reconcile() == {"jobs": (1, 0, 1)}
        assert await one.reconcile() == {}
        await one.ingestion.worker.drain()
        async with one.writing() as connection:
            assert (await connection.execute(select(documents).where(documents.c.deleted))).all() == []
            assert (await connection.execute(select(collections).where(collections.c.deleted))).all() == []
        assert await index.chunks(one.demo.id, one.replaced.document_id) == []


@pytest.mark.requirement("SEC-1")
async def test_a_tenant_puts_only_its_own_in_order(world: World, index: VectorIndex) -> None:
    async with scene(world, index) as one:
        for plant in AT_ONCE:
            await plant(one)
        before = await one.everything()
        assert await one.reconcile(tenant="other") == {}
        assert await one.everything() == before
        found = await one.reconcile(tenant="t")
        assert found == {"originals": (1, 1, 0), "parsed": (1, 1, 0), "index": (5, 5, 0)}
        assert "originals/gone%2Etenant/00/00" in one.files()


async def test_tables_without_any_collection_are_taken_for_the_wrong_database(world: World) -> None:
    async with world.process() as ingestion:
        await ingestion.stores.objects.write("originals/t/00/00", b"stone")
        report = await ingestion.reconciler.run()
        assert (report.stores["originals"].found, report.stores["originals"].removed) == (1, 0)
        assert await ingestion.stores.objects.exists("originals/t/00/00")
