"""An ingestion whose processes come and go over stores that stay."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr

from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import (
    Collection,
    Document,
    DocumentAccepted,
    DocumentState,
    NewCollection,
    ParsedDocument,
)
from ragstone_contracts.identity import Identity
from ragstone_index import InMemoryVectorIndex, StoredChunk
from ragstone_ingestion.app import create_app
from ragstone_ingestion.assembly import Ingestion, assemble
from ragstone_ingestion.parsers.text import PlainTextParser
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.uploads import Arrival
from ragstone_ingestion.waker import RemoteWaker
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.transport import AsgiTransport
from ragstone_testing.postgres import PostgresServer, postgres
from ragstone_testing.scripted_models import ScriptedModelServer

__all__ = ["postgres"]

SECRET = SecretStr("s" * 32)
ADA = Identity(tenant="t", user="ada")


class InProcessParser:
    """Reads plain text without a subprocess; ``parsed`` counts the documents, ``before`` runs ahead of each."""

    def __init__(self) -> None:
        self.parsed: list[str] = []
        self.before: Callable[[str], Any] = lambda filename: None

    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        waited = self.before(filename)
        if asyncio.iscoroutine(waited):
            await waited
        self.parsed.append(filename)
        return await asyncio.to_thread(PlainTextParser().parse, source, filename)

    async def close(self) -> None:
        """Holds nothing."""


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """What outlives a process: tables, objects, index, models, time."""

    settings: IngestionSettings
    index: InMemoryVectorIndex = field(default_factory=InMemoryVectorIndex)
    models: ScriptedModelServer = field(default_factory=lambda: ScriptedModelServer(dimensions=32))
    parser: InProcessParser = field(default_factory=InProcessParser)
    clock: Clock = field(default_factory=Clock)
    tokens: IdentityTokens = field(default_factory=lambda: IdentityTokens(SECRET))

    @property
    def router(self) -> RouterClient:
        return RouterClient(AsgiTransport(self.models))

    @property
    def embedded(self) -> list[str]:
        """Every text the embedder was asked for."""
        return [text for one in self.models.received for text in one.body["input"]]

    @asynccontextmanager
    async def process(self, index: InMemoryVectorIndex | None = None) -> AsyncIterator[Ingestion]:
        """A process over the stores. Nothing of it runs by itself: ``worker.drain()`` works off what is due."""
        ingestion = assemble(self.settings, index or self.index, self.router, parser=self.parser, clock=self.clock)
        try:
            await ingestion.open()
            yield ingestion
        finally:
            await ingestion.stores.database.close()

    @asynccontextmanager
    async def api(
        self, waker: RemoteWaker | None = None, **changes: Any
    ) -> AsyncIterator[tuple[FastAPI, IngestionClient]]:
        """The service with its HTTP surface, on real time."""
        settings = self.settings.model_copy(update=changes)
        app = create_app(settings, index=self.index, router=self.router, parser_pool=self.parser, waker=waker)
        async with app.router.lifespan_context(app):
            yield app, IngestionClient(AsgiTransport(app))

    def caller(self, user: str = "ada", tenant: str = "t", groups: list[str] | None = None) -> Caller:
        return self.tokens.mint(Identity(tenant=tenant, user=user, groups=groups or []))


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The running application on a loopback port, in the loop its connections belong to."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([bound]))
        while not server.started:  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/ingestion.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> World:
    return new_world(database_url, tmp_path)


def new_world(database_url: str, folder: Path, **settings: Any) -> World:
    defaults: dict[str, Any] = {"embedded_worker": False, "max_upload_mb": 1, "embed_batch": 2, "backoff_seconds": 5}
    return World(
        IngestionSettings(
            internal_secret=SECRET,
            max_attempts=3,
            database_url=database_url,
            objects_url=str(folder / "objects"),
            **defaults | settings,
        )
    )


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def new_collection(ingestion: Ingestion, name: str = "demo") -> Collection:
    return await ingestion.collections.create(ADA, NewCollection(name=name))


async def put(ingestion: Ingestion, collection: Collection, filename: str, text: str) -> DocumentAccepted:
    return await ingestion.uploads.take(ADA, collection, Arrival(filename, pieces(text.encode())))


async def document(ingestion: Ingestion, accepted: DocumentAccepted) -> Document:
    return await ingestion.documents.get(ADA, accepted.document_id)


async def settled(client: IngestionClient, caller: Caller, document_id: str) -> Document:
    """The document once its job has ended."""
    async with asyncio.timeout(60):
        while True:
            shown = await client.get_document(caller, document_id)
            if shown.state not in (DocumentState.QUEUED, DocumentState.RUNNING):
                return shown
            await asyncio.sleep(0.02)


def text_of(name: str, paragraphs: int = 6) -> str:
    """Paragraphs long enough that each becomes a chunk of its own."""
    sentence = f"The {name} stone stands in row {{}} of the old wall and was cut by hand. "
    return "\n\n".join((sentence.format(number) * 12).strip() for number in range(paragraphs))


def seen(chunks: list[StoredChunk], sequence: int) -> dict[str, list[tuple[int, int]]]:
    """What a query at that sequence sees: the ranges by document."""
    found: dict[str, list[tuple[int, int]]] = {}
    for chunk in sorted(chunks, key=lambda one: (one.document_id, one.start)):
        if chunk.born <= sequence < chunk.died:
            found.setdefault(f"{chunk.document_id}/{chunk.version}", []).append((chunk.start, chunk.end))
    return found
