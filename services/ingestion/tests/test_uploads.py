"""Uploads over the service's HTTP surface: what is taken, what is refused, and that refusals leave nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_contracts.documents import CollectionSettings, NewCollection, ReadBoxes
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.transport import AiohttpTransport, Request

from .conftest import World, pieces, served, text_of

NOWHERE = "00000000-0000-0000-0000-000000000000"


def files_in(world: World) -> list[Path]:
    return [path for path in Path(world.settings.objects_url).rglob("*") if path.is_file()]


async def code_of(world: World, client: IngestionClient, upload: Upload) -> tuple[int, str]:
    with pytest.raises(RagstoneError) as raised:
        await client.upload(world.caller(), upload)
    return raised.value.status, raised.value.code


async def test_refused_uploads_are_typed_and_leave_nothing_behind(world: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"stone " * 10_000

    refused = {
        (404, "not_found"): Upload(NOWHERE, "a.txt", b"stone"),
        (413, "too_large"): Upload("demo", "a.txt", endless()),
        (422, "empty_document"): Upload("demo", "a.txt", b""),
        (422, "unsupported_type"): Upload("demo", "a.exe", b"MZ" + bytes(range(256)) * 10),
        (422, "invalid_request"): Upload("demo", "a\n.txt", b"stone"),
    }
    async with world.api() as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        assert {await code_of(world, client, upload) for upload in refused.values()} == refused.keys()
        assert await code_of(world, client, Upload("demo", "a.txt", b"s", acl=["everybody"])) == (
            422,
            "invalid_request",
        )
        listed = await client.list_documents(world.caller(), "demo")
    assert listed.documents == []
    assert files_in(world) == []


async def test_a_body_over_the_limit_is_refused_over_the_network_too(world: World) -> None:
    async with world.api() as (app, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        async with served(app) as url:
            remote = IngestionClient(AiohttpTransport(url))
            try:
                for _ in range(5):
                    upload = Upload("demo", "big.txt", pieces(b"stone " * 2_000_000, 65536))
                    assert await code_of(world, remote, upload) == (413, "too_large")
            finally:
                await remote.close()
    assert files_in(world) == []


async def test_an_upload_whose_client_goes_away_leaves_nothing_behind(world: World) -> None:
    async with world.api() as (app, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        async with served(app) as url:
            host, _, port = url.removeprefix("http://").partition(":")
            head = (
                "POST /v1/documents?collection=demo&filename=a.txt HTTP/1.1\r\nhost: x\r\n"
                f"authorization: Bearer {world.caller().token}\r\ncontent-length: 900000\r\n\r\n"
            )
            _, writer = await asyncio.open_connection(host, int(port))
            writer.write(head.encode() + b"stone " * 20_000)
            await writer.drain()
            await until(lambda: bool(files_in(world)))
            writer.close()
            await until(lambda: not files_in(world))
        assert (await client.list_documents(world.caller(), "demo")).documents == []


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  it is the disk that is looked at
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("header", ['{"a": NaN}', '["a"]', '{"a": "\\ud800"}', '{"a": "\\u0000"}', "[" * 100_000])
async def test_metadata_that_could_not_be_stored_is_refused(world: World, header: str) -> None:
    async with world.api() as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        with pytest.raises(RagstoneError) as raised:
            async with client.open(
                world.caller(),
                "POST",
                "/v1/documents?collection=demo&filename=a.txt",
                b"stone",
                {"x-ragstone-metadata": header},
            ):
                pass
    assert (raised.value.status, raised.value.code) == (422, "invalid_request")


async def test_a_document_can_be_read_back(world: World) -> None:
    text = text_of("größte")
    async with world.api() as (app, client):
        caller = world.caller()
        demo = await client.create_collection(caller, NewCollection(name="demo"))
        upload = Upload("demo", "größte mauer.txt", pieces(text.encode()), metadata={"year": 1348})
        accepted = await client.upload(caller, upload)
        with pytest.raises(RagstoneError) as raised:
            await client.get_text(caller, accepted.document_id)
        await app.state.ingestion.worker.drain()
        shown = await client.get_document(caller, accepted.document_id)
        part = await client.get_text(caller, accepted.document_id, version=1, start=4, end=11)
        places = await client.locate(caller, accepted.document_id, ReadBoxes(version=1, ranges=[(4, 11), (0, 3)]))
        async with client.open_file(caller, accepted.document_id) as response:
            original = await response.read()
            name = response.headers["content-disposition"]
        chunks = await world.index.chunks(demo.id)
    assert raised.value.code == "not_ready"
    assert (part.text, part.length) == ("größte ", len(text))
    assert [place.text for place in places.locations] == ["größte ", "The"]
    assert original == text.encode()
    assert name == "attachment; filename*=utf-8''gr%C3%B6%C3%9Fte%20mauer.txt"
    assert (shown.collection, shown.title, shown.size) == ("demo", "größte mauer", len(text.encode()))
    assert shown.metadata == {"year": 1348, "language": "en"}
    assert all(chunk.metadata["year"] == 1348 for chunk in chunks)


@pytest.mark.parametrize(("start", "end"), [(5, 4), (0, 10**6), (10**6, None)])
async def test_a_range_outside_the_text_is_invalid(world: World, start: int, end: int | None) -> None:
    async with world.api() as (app, client):
        caller = world.caller()
        await client.create_collection(caller, NewCollection(name="demo"))
        accepted = await client.upload(caller, Upload("demo", "a.txt", b"A stone."))
        await app.state.ingestion.worker.drain()
        with pytest.raises(RagstoneError) as raised:
            await client.get_text(caller, accepted.document_id, start=start, end=end)
    assert raised.value.code == "invalid_request"


async def test_new_permissions_for_the_same_bytes_make_a_new_version(world: World) -> None:
    async with world.api() as (app, client):
        caller = world.caller()
        demo = await client.create_collection(caller, NewCollection(name="demo"))
        await client.upload(caller, Upload("demo", "a.txt", b"A stone."))
        await app.state.ingestion.worker.drain()
        again = await client.upload(caller, Upload("demo", "a.txt", b"A stone.", acl=["user:ada"]))
        await app.state.ingestion.worker.drain()
        chunks = await world.index.chunks(demo.id, again.document_id, 2)
    assert again.version == 2
    assert [chunk.acl for chunk in chunks] == [["user:ada"]]
    assert len(world.embedded) == 1


async def test_a_collection_name_is_taken_once(world: World) -> None:
    async with world.api() as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        await client.create_collection(world.caller(tenant="other"), NewCollection(name="demo"))
        with pytest.raises(RagstoneError) as raised:
            await client.create_collection(world.caller(), NewCollection(name="demo"))
    assert (raised.value.status, raised.value.code) == (409, "collection_exists")


async def test_a_collection_with_an_unknown_chunker_is_refused(world: World) -> None:
    async with world.api() as (_, client):
        with pytest.raises(RagstoneError) as raised:
            new = NewCollection(name="demo", settings=CollectionSettings(chunker="chisel"))
            await client.create_collection(world.caller(), new)
    assert raised.value.code == "invalid_request"


async def test_readiness_names_what_it_checked(world: World) -> None:
    async with world.api() as (_, client):
        await client.ready()
        async with client._transport.send(Request("GET", "/readyz")) as response:
            assert b'"database":"ok"' in await response.read()
