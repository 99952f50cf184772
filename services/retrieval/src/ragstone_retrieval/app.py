"""The retrieval service: search in one collection with the caller's permissions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.router import RouterClient
from ragstone_index import VectorIndex, open_index
from ragstone_kit.app import create_service
from ragstone_kit.transport import AiohttpTransport
from ragstone_retrieval.context import Assembler
from ragstone_retrieval.context_tokens import tokens_by
from ragstone_retrieval.endpoints import router as endpoints
from ragstone_retrieval.fields import FieldCache
from ragstone_retrieval.inferring import Inference
from ragstone_retrieval.legs import Legs
from ragstone_retrieval.ranking_changes import RankingChanges
from ragstone_retrieval.search import Searcher
from ragstone_retrieval.settings import RetrievalSettings
from ragstone_retrieval.steps import make_steps
from ragstone_retrieval.why_not import WhyNotFound


def create_app(
    settings: RetrievalSettings,
    *,
    index: VectorIndex | None = None,
    ingestion: IngestionClient | None = None,
    router: RouterClient | None = None,
) -> FastAPI:
    """The service. An index passed in stays open at shutdown, for others may share it; one opened here is closed."""
    shared = index is not None
    index = index or _open_index(settings)
    ingestion = ingestion or IngestionClient(AiohttpTransport(settings.ingestion_url))
    router = router or RouterClient(AiohttpTransport(settings.router_url))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await ingestion.close()
        await router.close()
        if not shared:
            await index.close()

    app = create_service(
        "retrieval",
        settings,
        [endpoints],
        lifespan=lifespan,
        checks={"index": index.ping, "ingestion": ingestion.ready},
    )
    legs = Legs(settings, index, router)
    inference = Inference(index, FieldCache(ingestion), settings.infer_filters)
    app.state.searcher = Searcher(ingestion, legs, make_steps(legs, ingestion), settings.strategy, inference)
    tokens = tokens_by(settings.embedder, settings.tokenizer_file)
    app.state.assembler = Assembler(app.state.searcher, ingestion, tokens)
    app.state.ranking_changes = RankingChanges(app.state.searcher)
    app.state.why_not_found = WhyNotFound(app.state.searcher, ingestion)
    return app


def _open_index(settings: RetrievalSettings) -> VectorIndex:
    key = settings.index_api_key
    return open_index(settings.index_url, api_key=key.get_secret_value() if key else None)
