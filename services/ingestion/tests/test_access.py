"""Who sees what: everything else answers exactly as what does not exist."""

from collections.abc import Awaitable, Callable

import pytest

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_contracts.documents import NewCollection, ReadBoxes
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.identity import Caller

from .conftest import World

Call = Callable[[IngestionClient, Caller, str], Awaitable[object]]


async def read_file(client: IngestionClient, caller: Caller, document_id: str) -> bytes:
    async with client.open_file(caller, document_id) as response:
        return await response.read()


OF_DOCUMENT: dict[str, Call] = {
    "get": lambda client, caller, id: client.get_document(caller, id),
    "text": lambda client, caller, id: client.get_text(caller, id),
    "text of a version": lambda client, caller, id: client.get_text(caller, id, version=1),
    "file": read_file,
    "locate": lambda client, caller, id: client.locate(caller, id, ReadBoxes(version=1, ranges=[(0, 1)])),
    "delete": lambda client, caller, id: client.delete_document(caller, id),
    "erase": lambda client, caller, id: client.delete_document(caller, id, erase=True),
}
OF_COLLECTION: dict[str, Call] = {
    "get": lambda client, caller, id: client.get_collection(caller, id),
    "list": lambda client, caller, id: client.list_documents(caller, id),
    "upload": lambda client, caller, id: client.upload(caller, Upload(id, "a.txt", b"stone")),
    "delete": lambda client, caller, id: client.delete_collection(caller, id),
}


async def answer(call: Call, client: IngestionClient, caller: Caller, id: str) -> tuple[int, str, str]:
    with pytest.raises(RagstoneError) as raised:
        await call(client, caller, id)
    return raised.value.status, raised.value.code, str(raised.value).replace(id, "ID")


@pytest.mark.requirement("SEC-1")
async def test_what_a_caller_may_not_see_is_answered_as_an_unknown_id(world: World) -> None:
    ada, bob, eve = world.caller(), world.caller("bob", groups=["masons"]), world.caller("eve", tenant="other")
    async with world.api() as (app, client):
        await client.create_collection(ada, NewCollection(name="demo"))
        masons = await client.create_collection(bob, NewCollection(name="masons", acl=["group:masons"]))
        hidden = await client.upload(ada, Upload("demo", "a.txt", b"stone", acl=["user:ada"]))
        inside = await client.upload(bob, Upload("masons", "b.txt", b"stone", acl=["*"]))
        await app.state.ingestion.worker.drain()
        forbidden = [(bob, hidden), (eve, hidden), (ada, inside), (eve, inside)]
        for call in OF_DOCUMENT.values():
            unknown = await answer(call, client, bob, "00000000-0000-0000-0000-000000000000")
            assert unknown[0] == 404
            for caller, accepted in forbidden:
                assert await answer(call, client, caller, accepted.document_id) == unknown
            assert await answer(call, client, bob, "a\x00b") == (404, "not_found", "there is nothing of this name")
        for call in OF_COLLECTION.values():
            unknown = await answer(call, client, ada, "00000000-0000-0000-0000-000000000000")
            assert unknown[0] == 404
            for caller in (ada, eve):
                for name in (masons.id, "masons"):
                    assert await answer(call, client, caller, name) == unknown
        assert (await client.get_document(bob, inside.document_id)).state == "ready"


@pytest.mark.requirement("SEC-1")
async def test_lists_and_counts_know_only_what_the_caller_sees(world: World) -> None:
    ada, bob = world.caller(), world.caller("bob")
    async with world.api() as (_, client):
        await client.create_collection(ada, NewCollection(name="demo"))
        await client.create_collection(ada, NewCollection(name="private", acl=["user:ada"]))
        await client.upload(ada, Upload("demo", "all.txt", b"stone"))
        await client.upload(ada, Upload("demo", "ada.txt", b"stone", acl=["user:ada"]))
        await client.upload(ada, Upload("demo", "Bob.txt", b"stone", acl=["user:Bob"]))
        of_bob = await client.list_collections(bob)
        documents = await client.list_documents(bob, "demo")
    assert [(one.name, one.documents) for one in of_bob.collections] == [("demo", 1)]
    assert [one.title for one in documents.documents] == ["all"]


async def test_a_file_name_held_by_somebody_else_cannot_be_overwritten(world: World) -> None:
    async with world.api() as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        await client.upload(world.caller(), Upload("demo", "a.txt", b"stone", acl=["user:ada"]))
        with pytest.raises(RagstoneError) as raised:
            await client.upload(world.caller("bob"), Upload("demo", "a.txt", b"sand"))
    assert (raised.value.status, raised.value.code) == (409, "filename_taken")


@pytest.mark.requirement("SEC-2")
async def test_nothing_answers_without_an_identity(world: World) -> None:
    async with world.api() as (app, client):
        paths = app.openapi()["paths"]
        calls = [(method, path) for path in paths if path.startswith("/v1") for method in paths[path]]
        for method, path in calls:
            with pytest.raises(RagstoneError) as raised:
                async with client.open(None, method.upper(), path.replace("{", "").replace("}", "")):
                    pass
            assert raised.value.status == 401
    assert len(calls) >= 18
