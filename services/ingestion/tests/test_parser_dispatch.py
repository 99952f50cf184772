"""Which parser reads a collection's documents, from the request that names it to the text that is served."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from ragstone_contracts.documents import Collection, CollectionSettings, DocumentState, NewCollection
from ragstone_contracts.errors import RemoteProblem
from ragstone_ingestion.assembly import Ingestion
from ragstone_testing.parser_servers import LOCKED_PDF, SAMPLE_PDF, Fault, RecordedLlamaParse
from ragstone_testing.scripted_models import listening

from .conftest import ADA, World, document, new_collection, new_world, put, text_of

_PDF = SAMPLE_PDF.decode()


@pytest.fixture
def vendor() -> RecordedLlamaParse:
    return RecordedLlamaParse()


@pytest.fixture
def world(tmp_path: Path, vendor: RecordedLlamaParse) -> Iterator[World]:
    with listening(vendor) as url:
        settings = {
            name: SecretStr(value) for name, value in (("url", url), ("key", "llx-key"), ("poll_seconds", "0.01"))
        }
        database = f"sqlite+aiosqlite:///{tmp_path}/ingestion.db"
        yield new_world(database, tmp_path, hosted_parsers={"llamaparse": settings})


@asynccontextmanager
async def _process(world: World) -> AsyncIterator[Ingestion]:
    async with world.process() as ingestion:
        try:
            yield ingestion
        finally:
            await ingestion.parser.close()


async def _read_by(ingestion: Ingestion, parser: str | None) -> Collection:
    new = NewCollection(name=parser or "own", settings=CollectionSettings(parser=parser))
    return await ingestion.collections.create(ADA, new)


@pytest.mark.requirement("ING-8")
async def test_a_vendor_reads_for_the_collection_that_names_it_and_for_no_other(
    world: World, vendor: RecordedLlamaParse
) -> None:
    async with _process(world) as ingestion:
        await put(ingestion, await new_collection(ingestion), "wall.pdf", _PDF)
        await ingestion.worker.drain()
        assert vendor.received == []
        accepted = await put(ingestion, await _read_by(ingestion, "llamaparse"), "wall.pdf", _PDF)
        await ingestion.worker.drain()
        ready = await document(ingestion, accepted)
        text = await ingestion.reading.text(ADA, accepted.document_id, 1, None, None)
    assert (ready.state, ready.title, ready.pages) == (DocumentState.READY, "The wall 🧱", 2)
    assert text.text.startswith("The wall 🧱\n\nStones\n\nEach stone")
    assert [one.form["file"][0] for one in vendor.received if one.form] == ["wall.pdf"]
    # The same bytes are kept once for each way of reading them.
    assert world.parser.parsed == ["wall.pdf"]


async def test_what_the_vendor_does_not_read_never_leaves(world: World, vendor: RecordedLlamaParse) -> None:
    async with _process(world) as ingestion:
        accepted = await put(ingestion, await _read_by(ingestion, "llamaparse"), "wall.txt", text_of("grey"))
        await ingestion.worker.drain()
        assert (await document(ingestion, accepted)).state == DocumentState.READY
    assert vendor.received == []
    assert world.parser.parsed == ["wall.txt"]


async def test_a_text_that_was_paid_for_is_not_bought_again(world: World, vendor: RecordedLlamaParse) -> None:
    async with _process(world) as ingestion:
        collection = await _read_by(ingestion, "llamaparse")
        await put(ingestion, collection, "wall.pdf", _PDF)
        await ingestion.worker.drain()
        asked = len(vendor.received)
        again = NewCollection(name="again", settings=collection.settings)
        await put(ingestion, await ingestion.collections.create(ADA, again), "wall.pdf", _PDF)
        await ingestion.worker.drain()
    assert len(vendor.received) == asked


async def test_what_the_vendor_rejects_is_rejected(world: World) -> None:
    async with _process(world) as ingestion:
        accepted = await put(ingestion, await _read_by(ingestion, "llamaparse"), "locked.pdf", LOCKED_PDF.decode())
        await ingestion.worker.drain()
        rejected = await document(ingestion, accepted)
    assert rejected.state == DocumentState.REJECTED
    assert rejected.error is not None
    assert rejected.error.code == "password_protected"


async def test_a_vendor_that_refuses_the_key_fails_the_job_and_does_not_reject_the_document(
    world: World, vendor: RecordedLlamaParse
) -> None:
    vendor.faults.extend([Fault(401, {"detail": "Invalid authentication token"})] * 3)
    async with _process(world) as ingestion:
        accepted = await put(ingestion, await _read_by(ingestion, "llamaparse"), "wall.pdf", _PDF)
        for _ in range(3):
            await ingestion.worker.drain()
            world.clock.now += 3600
        failed = await document(ingestion, accepted)
    assert failed.state == DocumentState.FAILED
    assert failed.error is not None
    assert failed.error.code == "parser_misconfigured"
    assert "llx-key" not in failed.error.detail


async def test_a_busy_vendor_is_not_asked_again_before_it_wants_to_be(world: World, vendor: RecordedLlamaParse) -> None:
    vendor.faults.append(Fault(429, {"detail": "Rate limit exceeded"}, {"retry-after": "1800"}))
    async with _process(world) as ingestion:
        accepted = await put(ingestion, await _read_by(ingestion, "llamaparse"), "wall.pdf", _PDF)
        await ingestion.worker.drain()
        world.clock.now += 1799
        await ingestion.worker.drain()
        assert len(vendor.received) == 1
        world.clock.now += 1
        await ingestion.worker.drain()
        assert (await document(ingestion, accepted)).state == DocumentState.READY


@pytest.mark.parametrize(
    ("parser", "code", "says"),
    [
        ("chisel", "invalid_request", "llamaparse"),
        ("unstructured", "parser_misconfigured", "HOSTED_PARSERS__UNSTRUCTURED__KEY"),
        ("", "invalid_request", "there is no parser"),
    ],
)
async def test_a_parser_that_is_not_there_or_not_set_up_is_refused_with_the_collection(
    world: World, parser: str, code: str, says: str
) -> None:
    async with world.api() as (_, client):
        new = NewCollection(name="demo", settings=CollectionSettings(parser=parser))
        with pytest.raises(RemoteProblem) as refused:
            await client.create_collection(world.caller(), new)
        assert (refused.value.status, refused.value.code) == (422, code)
        assert says in refused.value.detail
        assert (await client.list_collections(world.caller())).collections == []
