"""A batch of small new documents is ingested as one, and each of them still fares as it would alone."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from ragstone_contracts.documents import Collection, DocumentAccepted, DocumentState
from ragstone_index import IndexedChunk, InMemoryVectorIndex
from ragstone_ingestion.assembly import Ingestion

from .conftest import ADA, World, document, new_collection, new_world, put, seen

DOCUMENTS = 12


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> World:
    """Every upload is one of a batch."""
    return new_world(database_url, tmp_path, hurry_jobs=0, embed_batch=100)


async def batch(ingestion: Ingestion, demo: Collection) -> list[DocumentAccepted]:
    """Twelve documents; the fifth holds nothing to read."""
    texts = ["  \n" if number == 4 else f"Stone {number} lies in row {number}." for number in range(DOCUMENTS)]
    return [await put(ingestion, demo, f"{number}.txt", text) for number, text in enumerate(texts)]


async def states(ingestion: Ingestion, accepted: Sequence[DocumentAccepted]) -> list[DocumentState]:
    return [(await document(ingestion, one)).state for one in accepted]


EXPECTED = [DocumentState.REJECTED if number == 4 else DocumentState.READY for number in range(DOCUMENTS)]


async def stored_once(ingestion: Ingestion, demo: Collection, accepted: Sequence[DocumentAccepted]) -> None:
    """Each readable document has its one chunk, and a query sees all of them."""
    chunks = await ingestion.stores.index.chunks(demo.id)
    sequence = (await ingestion.collections.find(ADA, demo.id)).sequence
    readable = {f"{one.document_id}/1" for number, one in enumerate(accepted) if number != 4}
    assert sorted(f"{chunk.document_id}/{chunk.version}" for chunk in chunks) == sorted(readable)
    assert seen(chunks, sequence).keys() == readable


@pytest.mark.requirement("ING-1")
async def test_a_batch_is_embedded_in_one_call_and_appears_in_one_instant(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await batch(ingestion, demo)
        await ingestion.worker.drain()
        assert await states(ingestion, accepted) == EXPECTED
        await stored_once(ingestion, demo, accepted)
        assert len(world.models.received) == 1
        assert (await ingestion.collections.find(ADA, demo.id)).sequence == 1
        shown = await document(ingestion, accepted[7])
        assert (shown.attempts, shown.chunks, shown.error, shown.active_version) == (1, 1, None, 1)
        assert {"parse", "chunk", "embed", "activate"} <= shown.timings.keys()


async def test_a_rejected_document_of_a_batch_says_why(world: World) -> None:
    async with world.process() as ingestion:
        accepted = await batch(ingestion, await new_collection(ingestion))
        await ingestion.worker.drain()
        rejected = await document(ingestion, accepted[4])
        assert rejected.error is not None
        assert (rejected.error.code, rejected.attempts) == ("empty_document", 1)


@pytest.mark.requirement("ING-6")
async def test_what_a_batch_embedded_is_not_embedded_again(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await batch(ingestion, demo)
        await ingestion.worker.drain()
        before = len(world.embedded)
        changed = await put(ingestion, demo, "7.txt", "Stone 7 lies in row 7.\n\n" + "A new stone is beside it. " * 40)
        await ingestion.worker.drain()
        assert (await document(ingestion, changed)).active_version == accepted[7].version + 1
        assert not any(text.endswith("Stone 7 lies in row 7.") for text in world.embedded[before:])


class FailingIndex(InMemoryVectorIndex):
    """Breaks off the first upsert of many chunks, before or after it has happened."""

    def __init__(self, *, afterwards: bool) -> None:
        super().__init__()
        self._afterwards = afterwards
        self._failed = False

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        fails = len(chunks) > 1 and not self._failed
        if not fails or self._afterwards:
            await super().upsert(collection, chunks)
        if fails:
            self._failed = True
            raise ConnectionError("the index is away")


@pytest.mark.requirement("ING-1")
@pytest.mark.parametrize("afterwards", [False, True])
async def test_a_batch_that_fails_is_done_again_one_by_one(world: World, afterwards: bool) -> None:
    world.index = FailingIndex(afterwards=afterwards)
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await batch(ingestion, demo)
        await ingestion.worker.drain()
        assert await states(ingestion, accepted) == EXPECTED
        await stored_once(ingestion, demo, accepted)


@pytest.mark.requirement("ING-7")
async def test_a_document_deleted_while_its_batch_is_parsed_takes_no_other_with_it(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await batch(ingestion, demo)
        deletions: list[asyncio.Task[None]] = []

        async def delete(name: str) -> None:
            if name == "9.txt" and not deletions:
                requested = await ingestion.deletion.request(ADA, accepted[9].document_id)
                deletions.append(asyncio.create_task(ingestion.worker.finish(requested.job_id, 30)))

        world.parser.before = delete
        await ingestion.worker.drain()
        await asyncio.gather(*deletions)
        await ingestion.worker.drain()
        left = [one for number, one in enumerate(accepted) if number != 9]
        assert await states(ingestion, left) == [state for number, state in enumerate(EXPECTED) if number != 9]
        chunks = await ingestion.stores.index.chunks(demo.id)
        assert accepted[9].document_id not in {chunk.document_id for chunk in chunks}
        assert len(chunks) == DOCUMENTS - 2


@pytest.mark.requirement("ING-1")
async def test_a_worker_that_dies_with_a_batch_leaves_it_to_be_done_one_by_one(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await batch(ingestion, demo)
        first, many = await ingestion.stores.jobs.lease("me"), await ingestion.stores.jobs.lease_together("me")
        assert first is not None
        assert len(many) == DOCUMENTS - 1
        world.clock.now += 1000
        calls = len(world.models.received)
        await ingestion.worker.drain()
        assert await states(ingestion, accepted) == EXPECTED
        await stored_once(ingestion, demo, accepted)
        assert len(world.models.received) - calls == DOCUMENTS - 1
