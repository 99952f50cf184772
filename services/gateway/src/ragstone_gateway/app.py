"""The gateway: the only public door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ragstone_clients.agents import AgentsClient
from ragstone_clients.guardrails import GuardrailsClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_gateway import api_keys
from ragstone_gateway.api_keys import ApiKeys
from ragstone_gateway.browser_session import BrowserSessions
from ragstone_gateway.dependencies import Services
from ragstone_gateway.endpoints import (
    chat,
    collections,
    connectors,
    documents,
    history,
    jobs,
    maintenance,
    openai_api,
    reindexing,
    search,
    usage,
    web,
)
from ragstone_gateway.settings import GatewaySettings
from ragstone_kit.app import create_service
from ragstone_kit.database import Database
from ragstone_kit.transport import AiohttpTransport

ANSWER_SECONDS = 300.0


def services_by_url(settings: GatewaySettings) -> Services:
    """Clients over the network, as in a cluster."""
    return Services(
        ingestion=IngestionClient(AiohttpTransport(settings.ingestion_url)),
        retrieval=RetrievalClient(AiohttpTransport(settings.retrieval_url)),
        router=RouterClient(AiohttpTransport(settings.router_url), timeout=ANSWER_SECONDS),
        guardrails=GuardrailsClient(AiohttpTransport(settings.guardrails_url)),
        agents=AgentsClient(AiohttpTransport(settings.agents_url), timeout=ANSWER_SECONDS),
    )


def create_app(
    settings: GatewaySettings, *, services: Services | None = None, database: Database | None = None
) -> FastAPI:
    services = services or services_by_url(settings)
    database = database or Database(settings.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await database.create_tables(api_keys.metadata)
        yield
        await services.close()
        await database.close()

    app = create_service(
        "gateway",
        settings,
        [
            collections.router,
            connectors.router,
            documents.router,
            history.router,
            jobs.router,
            maintenance.router,
            reindexing.router,
            search.router,
            chat.router,
            openai_api.router,
            usage.router,
            web.router,
        ],
        lifespan=lifespan,
        checks={
            "database": database.ping,
            "ingestion": services.ingestion.ready,
            "retrieval": services.retrieval.ready,
            "agents": services.agents.ready,
        },
    )
    app.state.api_keys = ApiKeys(database)
    app.state.sessions = BrowserSessions(settings)
    app.state.services = services
    return app
