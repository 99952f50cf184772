"""Searching while a document is replaced: all of one version or all of the other, never both, never half."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_contracts.identity import Identity
from ragstone_contracts.search import SearchRequest
from ragstone_index import InMemoryVectorIndex, VectorIndex
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_ingestion.app import create_app as create_ingestion
from ragstone_ingestion.settings import IngestionSettings
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_retrieval.app import create_app as create_retrieval
from ragstone_retrieval.settings import RetrievalSettings
from ragstone_testing.scripted_models import ScriptedModelServer

SECRET = SecretStr("s" * 32)
VERSIONS, SEARCHERS, MOST = 6, 3, 100


@pytest.fixture(params=["memory", "edge"])
async def index(request: pytest.FixtureRequest) -> AsyncIterator[VectorIndex]:
    if request.param == "memory":
        yield InMemoryVectorIndex()
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:  # noqa: ASYNC240
        edge = QdrantEdgeIndex(folder)
        yield edge
        await edge.close()


def text_of(version: int) -> bytes:
    """As many paragraphs as no other version has, each a chunk of its own."""
    sentence = f"In version {version} stone {{}} of the old wall was cut by hand and set in lime. "
    return "\n\n".join((sentence.format(number) * 12).strip() for number in range(version + 2)).encode()


@pytest.mark.requirement("ING-6")
async def test_every_search_during_updates_sees_one_whole_version(index: VectorIndex, tmp_path: Path) -> None:
    router = RouterClient(AsgiTransport(ScriptedModelServer(dimensions=32)))
    ingestion_settings = IngestionSettings(
        internal_secret=SECRET,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/db",
        objects_url=str(tmp_path / "objects"),
        prune_seconds=5,
        poll_seconds=0.05,
    )
    caller = IdentityTokens(SECRET).mint(Identity(tenant="t", user="ada"))
    async with AsyncExitStack() as stack:
        app = create_ingestion(ingestion_settings, index=index, router=router)
        await stack.enter_async_context(app.router.lifespan_context(app))
        ingestion = IngestionClient(AsgiTransport(app))
        retrieval_settings = RetrievalSettings(internal_secret=SECRET, candidates=MOST)
        search_app = create_retrieval(retrieval_settings, index=index, ingestion=ingestion, router=router)
        await stack.enter_async_context(search_app.router.lifespan_context(search_app))
        retrieval = RetrievalClient(AsgiTransport(search_app))
        await ingestion.create_collection(caller, NewCollection(name="demo"))
        over = asyncio.Event()
        request = SearchRequest(query="stone of the old wall", collection="demo", limit=MOST)

        async def search() -> list[tuple[tuple[int, int], ...]]:
            """How many chunks of which versions each answer held, in order."""
            answers = []
            while not over.is_set():
                results = (await retrieval.search(caller, request)).results
                versions = sorted({one.version for one in results})
                answers.append(tuple((number, sum(one.version == number for one in results)) for number in versions))
                await asyncio.sleep(0)
            return answers

        searches = [asyncio.create_task(search()) for _ in range(SEARCHERS)]
        whole: set[tuple[tuple[int, int], ...]] = {()}
        for version in range(1, VERSIONS + 1):
            accepted = await ingestion.upload(caller, Upload("demo", "wall.txt", text_of(version)))
            while (shown := await ingestion.get_document(caller, accepted.document_id)).active_version != version:
                assert shown.state not in (DocumentState.FAILED, DocumentState.REJECTED), shown.error
                await asyncio.sleep(0.01)
            whole.add(((version, shown.chunks or 0),))
        await ingestion.delete_document(caller, accepted.document_id)
        over.set()
        answers = [await one for one in searches]
    assert len(whole) == VERSIONS + 1
    for one in answers:
        assert set(one) <= whole
        order = [answer[0][0] for answer in one if answer]
        assert order == sorted(order)
    assert len({answer for one in answers for answer in one}) > VERSIONS // 2
