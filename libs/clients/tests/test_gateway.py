"""The public API's client, in process and over a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn

from ragstone_clients.gateway import DocumentNotReady, GatewayClient
from ragstone_clients.multipart import File
from ragstone_contracts.chat import ChatRequest
from ragstone_contracts.documents import Document, DocumentState, NewCollection
from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, Unavailable, UpstreamError
from ragstone_contracts.search import SearchRequest
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.public_api import API_KEY, REJECTED, PublicApiState, create_public_api


@pytest.fixture
def api() -> PublicApiState:
    return PublicApiState()


@pytest.fixture(params=["in process", "over a socket"])
async def client(api: PublicApiState, request: pytest.FixtureRequest) -> AsyncIterator[GatewayClient]:
    app = create_public_api(api)
    if request.param == "in process":
        async with GatewayClient(AsgiTransport(app), API_KEY) as client:
            yield client
        return
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        async with GatewayClient.at(f"http://127.0.0.1:{listening.getsockname()[1]}", API_KEY) as client:
            yield client
        server.should_exit = True
        await serving


async def _uploaded(client: GatewayClient, content: bytes = b"Stones are old.", name: str = "a.txt") -> str:
    await client.create_collection(NewCollection(name="notes"))
    return (await client.upload(File(name, content), "notes")).document_id


async def test_a_document_is_uploaded_read_and_erased(client: GatewayClient) -> None:
    document_id = await _uploaded(client)
    assert (await client.wait_until_ready(document_id)).state is DocumentState.READY
    assert (await client.get_text(document_id, start=7, end=10)).text == "are"
    assert [document.document_id for document in await client.list_documents("notes")] == [document_id]
    assert (await client.delete_document(document_id, erase=True)).remaining == {"tables": 0}
    assert await client.list_documents("notes") == []


async def test_a_file_is_streamed_from_disk_with_its_fields(client: GatewayClient, tmp_path: Path) -> None:
    path = tmp_path / 'a "quoted" résumé.txt'
    path.write_bytes(bytes(range(10, 120)) * 10_000)
    await client.create_collection(NewCollection(name="notes"))
    accepted = await client.upload(File.at(path), "notes", acl=["user:ada"], metadata={"doc": 7})
    document = await client.get_document(accepted.document_id)
    assert (document.size, document.acl, document.metadata) == (1_100_000, ["user:ada"], {"doc": 7})
    assert document.media_type == "text/plain"
    assert document.title == "a %22quoted%22 résumé.txt"


async def test_waiting_reports_progress_until_the_document_is_ready(client: GatewayClient, api: PublicApiState) -> None:
    api.polls_until_ready = 2
    seen: list[Document] = []
    await client.wait_until_ready(await _uploaded(client), on_progress=seen.append)
    assert [round(document.progress, 2) for document in seen] == [0.33, 0.67, 1.0]


async def test_a_rejected_document_says_why(client: GatewayClient) -> None:
    with pytest.raises(DocumentNotReady, match="unsupported: not taken"):
        await client.wait_until_ready(await _uploaded(client, REJECTED))


async def test_waiting_ends_at_its_timeout(client: GatewayClient, api: PublicApiState) -> None:
    api.polls_until_ready = 1000
    with pytest.raises(DeadlineExceeded):
        await client.wait_until_ready(await _uploaded(client), seconds=0.2)


async def test_search_finds_what_was_uploaded(client: GatewayClient) -> None:
    document_id = await _uploaded(client)
    found = await client.search(SearchRequest(query="old stones", collection="notes"))
    assert [chunk.document_id for chunk in found.results] == [document_id]


async def test_an_answer_comes_whole_or_as_events(client: GatewayClient) -> None:
    request = ChatRequest(question="Why?", collection="notes")
    answer = await client.chat(request)
    events = [event async for event in client.chat_stream(request)]
    assert [event.type for event in events] == ["status", "token", "done"]
    assert events[-1].type == "done"
    assert events[-1].answer == answer


async def test_a_stream_that_breaks_off_is_an_error(client: GatewayClient, api: PublicApiState) -> None:
    api.cut_streams = True
    with pytest.raises(UpstreamError, match="before its last event"):
        _ = [event async for event in client.chat_stream(ChatRequest(question="Why?", collection="notes"))]


async def test_an_error_answer_is_raised_with_its_code(client: GatewayClient) -> None:
    with pytest.raises(RagstoneError) as unknown:
        await client.get_document("nothing")
    assert (unknown.value.status, unknown.value.code) == (404, "not_found")


async def test_collections_are_listed_and_deleted(client: GatewayClient) -> None:
    made = await client.create_collection(NewCollection(name="notes"))
    assert await client.list_collections() == [made]
    await client.delete_collection(made.id)
    assert await client.list_collections() == []


async def test_a_gateway_that_is_not_ready_says_what_is_missing(client: GatewayClient, api: PublicApiState) -> None:
    assert (await client.readyz()).ready
    api.ready = False
    assert (await client.readyz()).checks == {"index": "not open yet"}


async def test_a_wrong_key_is_refused() -> None:
    async with GatewayClient(AsgiTransport(create_public_api()), "wrong") as client:
        with pytest.raises(RagstoneError) as refused:
            await client.list_collections()
    assert refused.value.status == 401


async def test_nothing_listening_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    async with GatewayClient.at(f"http://127.0.0.1:{port}", API_KEY) as client:
        with pytest.raises(Unavailable):
            await client.readyz()
