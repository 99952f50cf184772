"""The agents service."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from ragstone_agents import endpoints
from ragstone_agents.answers import Answers
from ragstone_agents.graph import Services
from ragstone_agents.settings import AgentsSettings
from ragstone_agents.threads import Threads
from ragstone_clients.guardrails import GuardrailsClient
from ragstone_clients.ingestion import IngestionClient
from ragstone_clients.retrieval import RetrievalClient
from ragstone_clients.router import RouterClient
from ragstone_kit.app import create_service
from ragstone_kit.database import Database
from ragstone_kit.transport import AiohttpTransport


def create_app(
    settings: AgentsSettings,
    *,
    guardrails: GuardrailsClient | None = None,
    retrieval: RetrievalClient | None = None,
    router: RouterClient | None = None,
    ingestion: IngestionClient | None = None,
    database: Database | None = None,
) -> FastAPI:
    """The service over these clients and tables; what is left out is made from the settings. It closes all of them."""
    services = Services(
        guardrails=guardrails or GuardrailsClient(AiohttpTransport(settings.guardrails_url)),
        retrieval=retrieval or RetrievalClient(AiohttpTransport(settings.retrieval_url)),
        router=router or RouterClient(AiohttpTransport(settings.router_url)),
        ingestion=ingestion or IngestionClient(AiohttpTransport(settings.ingestion_url)),
    )
    tables = database or Database(settings.database_url)
    threads = Threads(tables)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(tables.close)
            for client in (services.guardrails, services.retrieval, services.router, services.ingestion):
                stack.push_async_callback(client.close)
            await threads.create_tables()
            yield

    checks = {
        "database": tables.ping,
        "guardrails": services.guardrails.ready,
        "retrieval": services.retrieval.ready,
        "router": services.router.ready,
        "ingestion": services.ingestion.ready,
    }
    app = create_service("agents", settings, [endpoints.router], lifespan=lifespan, checks=checks)
    app.state.answers = Answers(services, threads, settings)
    return app
