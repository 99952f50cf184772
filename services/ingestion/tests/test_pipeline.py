"""From an upload to chunks that answer."""

import pytest

from ragstone_contracts.documents import CollectionSettings, DocumentState, NewCollection

from .conftest import ADA, World, document, new_collection, put, text_of


@pytest.mark.requirement("ING-4")
async def test_an_upload_becomes_ready_and_says_how_long_each_step_took(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "wall.txt", text_of("grey"))
        queued = await document(ingestion, accepted)
        await ingestion.worker.drain()
        ready = await document(ingestion, accepted)
    assert (queued.state, queued.progress, queued.active_version) == (DocumentState.QUEUED, 0, None)
    assert (ready.state, ready.progress, ready.active_version) == (DocumentState.READY, 1, 1)
    assert list(ready.timings) == ["parse", "chunk", "embed", "index", "activate"]
    assert (ready.attempts, ready.error, ready.chunks) == (1, None, len(await world.index.chunks(demo.id)))


async def test_every_chunk_is_the_very_range_of_the_text_it_names(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "wall.txt", "# Ä wall\n\n" + text_of("größte"))
        await ingestion.worker.drain()
        whole = await ingestion.reading.text(ADA, accepted.document_id, 1, None, None)
        chunks = await world.index.chunks(demo.id)
    assert len(chunks) > 3
    for chunk in chunks:
        assert whole.text[chunk.start : chunk.end] == chunk.text
        assert (chunk.tenant, chunk.acl, chunk.title, chunk.born) == ("t", ["*"], "wall", 1)


@pytest.mark.requirement("ING-6")
async def test_a_new_version_embeds_only_what_changed(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        await put(ingestion, demo, "wall.txt", text_of("grey"))
        await ingestion.worker.drain()
        first = len(world.embedded)
        accepted = await put(ingestion, demo, "wall.txt", text_of("grey") + "\n\n" + "A gate of iron. " * 50)
        await ingestion.worker.drain()
        ready = await document(ingestion, accepted)
    assert ready.active_version == 2
    assert 0 < len(world.embedded) - first < first


@pytest.mark.requirement("ING-6")
async def test_the_same_bytes_again_do_no_work(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        once = await put(ingestion, demo, "wall.txt", text_of("grey"))
        at_once = await put(ingestion, demo, "wall.txt", text_of("grey"))
        await ingestion.worker.drain()
        embedded = len(world.embedded)
        later = await put(ingestion, demo, "wall.txt", text_of("grey"))
        await ingestion.worker.drain()
    assert once == at_once == later
    assert world.parser.parsed == ["wall.txt"]
    assert len(world.embedded) == embedded


async def test_bytes_known_from_another_collection_are_not_parsed_again(world: World) -> None:
    async with world.process() as ingestion:
        for name in ("one", "two"):
            await put(ingestion, await new_collection(ingestion, name), "wall.txt", text_of("grey"))
        await ingestion.worker.drain()
    assert world.parser.parsed == ["wall.txt"]


async def test_a_document_without_text_is_rejected_without_a_second_attempt(world: World) -> None:
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "blank.txt", " \n \n ")
        await ingestion.worker.drain()
        rejected = await document(ingestion, accepted)
    assert rejected.state == DocumentState.REJECTED
    assert rejected.error is not None
    assert rejected.error.code in ("no_text", "empty_document")
    assert rejected.attempts == 1


@pytest.mark.requirement("ING-9")
async def test_the_index_holds_each_childs_parent_as_the_range_it_is(world: World) -> None:
    settings = CollectionSettings(chunker="parent-child", chunk_tokens=32, parent_tokens=128)
    async with world.process() as ingestion:
        demo = await ingestion.collections.create(ADA, NewCollection(name="demo", settings=settings))
        accepted = await put(ingestion, demo, "wall.txt", text_of("grey"))
        await ingestion.worker.drain()
        whole = await ingestion.reading.text(ADA, accepted.document_id, 1, None, None)
        chunks = await world.index.chunks(demo.id)
    parents = [chunk.parent for chunk in chunks if chunk.parent]
    assert len(parents) > len(set(parents)) > 1
    for chunk in chunks:
        around = chunk.parent or chunk
        assert whole.text[around.start : around.end] == around.text
        assert chunk.text in around.text
