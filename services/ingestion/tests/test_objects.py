"""The object store keeps its promises in a folder and in a bucket."""

import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ragstone_contracts.errors import TooLarge
from ragstone_ingestion.objects import ObjectStore, original_key, original_of, parsed_key
from ragstone_testing.s3 import S3Server, s3

from .conftest import ADA, new_collection, new_world, pieces, put, text_of

__all__ = ["s3"]
SIX_MB = b"stone " * (6 * 1024**2 // 6)


@pytest.fixture(params=["local", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "local":
        yield str(tmp_path / "objects")
        return
    server: S3Server = request.getfixturevalue("s3")
    with server.settings():
        yield f"s3://{server.new_bucket()}/some/prefix"


@pytest.fixture
def store(url: str) -> ObjectStore:
    return ObjectStore(url)


async def keys(store: ObjectStore, folder: str = "") -> list[str]:
    return sorted([key async for page in store.listing(folder) for key in page])


@pytest.mark.parametrize("content", [b"", b"A stone.", SIX_MB], ids=["empty", "small", "several parts"])
async def test_what_was_received_is_there_under_its_key_and_nowhere_else(store: ObjectStore, content: bytes) -> None:
    received = await store.receive(pieces(content, 100_000), len(content))
    assert not await store.exists("originals/t/a")
    await store.publish(received, "originals/t/a")
    assert await store.exists("originals/t/a")
    assert await store.read("originals/t/a") == content
    assert b"".join([piece async for piece in store.stream("originals/t/a")]) == content
    async with store.local_copy("originals/t/a") as path:
        assert path.read_bytes() == content
    assert await keys(store) == ["originals/t/a"]


async def test_publishing_to_a_key_that_is_held_leaves_it_and_drops_what_came(store: ObjectStore) -> None:
    await store.write("originals/t/a", b"first")
    await store.publish(await store.receive(pieces(b"second"), 100), "originals/t/a")
    await store.write("originals/t/a", b"third")
    assert await store.read("originals/t/a") == b"first"
    assert await keys(store) == ["originals/t/a"]


@pytest.mark.parametrize("size", [1000, len(SIX_MB)], ids=["small", "several parts"])
async def test_a_body_that_breaks_off_or_is_too_large_leaves_nothing(store: ObjectStore, size: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces(SIX_MB[:size], 100_000):
            yield piece
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.receive(broken(), 10 * size)
    with pytest.raises(TooLarge):
        await store.receive(pieces(SIX_MB, 100_000), size // 2)
    assert await keys(store) == []


async def test_deleting_is_repeatable_and_seen_by_other_processes_at_once(store: ObjectStore, url: str) -> None:
    other = ObjectStore(url)
    assert await keys(other) == []
    await store.write("originals/t/a", b"stone")
    assert await keys(other, "originals") == ["originals/t/a"]
    assert await other.exists("originals/t/a")
    for one in (store, other, store):
        await one.delete("originals/t/a")
    assert not await other.exists("originals/t/a")
    assert await keys(other, "originals") == []
    with pytest.raises(FileNotFoundError):
        await other.read("originals/t/a")
    with pytest.raises(FileNotFoundError):
        await other.modified("originals/t/a")


async def test_a_listing_comes_in_the_pages_of_its_directories(store: ObjectStore) -> None:
    written = [f"originals/t{tenant}/{shard}/{uuid.uuid4().hex}" for tenant in (1, 2) for shard in ("aa", "bb")]
    for key in written:
        await store.write(key, b"stone")
    assert [page async for page in store.listing("nowhere")] == []
    assert sorted([len(page) async for page in store.listing("originals")]) == [1, 1, 1, 1]
    assert await keys(store, "originals/t1") == sorted(key for key in written if "/t1/" in key)


async def test_an_objects_age_is_known(store: ObjectStore) -> None:
    received = await store.receive(pieces(b"stone"), 100)
    before = await store.modified(received.key)
    again = await store.receive(pieces(b"stone"), 100)
    assert 0 <= await store.modified(again.key) - before < 60


@pytest.mark.requirement("ING-7")
async def test_a_document_goes_in_is_reconciled_and_erased_wherever_objects_are(url: str, tmp_path: Path) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path)
    world.settings.objects_url = url
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        accepted = await put(ingestion, demo, "a.txt", text_of("grey", 2))
        await ingestion.worker.drain()
        store = ingestion.stores.objects
        for orphan in ("originals/t/00/00", "parsed/t/00/00-11.json"):
            await store.write(orphan, b"stone")
        abandoned = await store.receive(pieces(b"half a stone"), 100)
        world.clock.now = time.time() + 2 * world.settings.reconcile_grace_seconds
        report = (await ingestion.reconciler.run()).stores
        assert {name: report[name].removed for name in ("originals", "parsed", "incoming")} == dict.fromkeys(
            ("originals", "parsed", "incoming"), 1
        )
        assert not await store.exists(abandoned.key)
        assert (await ingestion.reading.text(ADA, accepted.document_id, None, 0, 8)).text == "The grey"
        requested = await ingestion.deletion.request(ADA, accepted.document_id, erase=True)
        await ingestion.worker.finish(requested.job_id, 20)
        receipt = await ingestion.deletion.receipt(requested)
        assert set(receipt.remaining.values()) == {0}
        assert await keys(store) == []


def test_a_parsed_document_names_its_original() -> None:
    tenant, sha256 = "../a-b/c", "ab" * 32
    original = original_key(tenant, sha256)
    assert original_of(parsed_key(tenant, sha256, "text/plain", "a.txt")) == original
    assert original_of(original) == original
