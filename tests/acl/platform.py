"""Ingestion and retrieval in this process over one index, called through their own endpoints with real tokens."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_contracts.documents import ParsedDocument
from ragstone_contracts.errors import Unavailable
from ragstone_contracts.identity import Identity
from ragstone_index import VectorIndex
from ragstone_ingestion.app import create_app as create_ingestion
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.parsers.text import PlainTextParser
from ragstone_ingestion.settings import IngestionSettings
from ragstone_kit.identity import Caller, IdentityTokens
from ragstone_kit.tracing import configure_tracing
from ragstone_kit.transport import AsgiTransport
from ragstone_retrieval.app import create_app as create_retrieval
from ragstone_retrieval.settings import RetrievalSettings
from ragstone_testing.scripted_models import ScriptedModelServer

SECRET = SecretStr("s" * 32)
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


class TextParser:
    """Reads plain text in this process."""

    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        return await asyncio.to_thread(PlainTextParser().parse, source, filename)

    async def close(self) -> None:
        """Holds nothing."""


class MoodyIndex:
    """An index that at times takes no change of access, as one whose disk is full; everything else goes on."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self.is_stubborn = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        if self.is_stubborn:
            raise Unavailable("the index takes no changes")
        await self._index.set_acl(collection, document_id, acl)


@dataclass(frozen=True)
class Platform:
    ingestion: IngestionClient
    retrieval: RetrievalClient
    inside: Ingestion
    index: MoodyIndex
    spans: InMemorySpanExporter

    def caller(self, identity: Identity) -> Caller:
        return IdentityTokens(SECRET).mint(identity)

    async def work(self) -> None:
        """Run every job that is due, and those that are put off for a moment."""
        await self.inside.stores.jobs.recover()
        await self.inside.worker.drain()


_SPANS = InMemorySpanExporter()


def _traced() -> InMemorySpanExporter:
    """What every span of this process says."""
    configure_tracing()
    provider = cast(TracerProvider, trace.get_tracer_provider())
    if not getattr(provider, "is_watched", False):
        provider.add_span_processor(SimpleSpanProcessor(_SPANS))
        provider.is_watched = True  # type: ignore[attr-defined]
    return _SPANS


@asynccontextmanager
async def running(index: VectorIndex) -> AsyncIterator[Platform]:
    """Both services over new tables and the index; nothing runs by itself but what a request waits for."""
    moody = MoodyIndex(index)
    router = RouterClient(AsgiTransport(ScriptedModelServer(dimensions=16)))
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        settings = IngestionSettings(
            internal_secret=SECRET,
            database_url=f"sqlite+aiosqlite:///{folder}/db",
            objects_url=f"{folder}/objects",
            embedded_worker=False,
            backoff_seconds=0.0,
            prune_seconds=0.0,
            reconcile_seconds=0.0,
            reap_seconds=3600.0,
        )
        app = create_ingestion(settings, index=cast(VectorIndex, moody), router=router, parser_pool=TextParser())
        async with app.router.lifespan_context(app):
            client = IngestionClient(AsgiTransport(app))
            retrieval = _retrieval(index, client, router)
            yield Platform(client, RetrievalClient(AsgiTransport(retrieval)), app.state.ingestion, moody, _traced())


def _retrieval(index: VectorIndex, ingestion: IngestionClient, router: RouterClient) -> FastAPI:
    settings = RetrievalSettings(internal_secret=SECRET)
    return create_retrieval(settings, index=index, ingestion=ingestion, router=router)
