"""The model router."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.app import create_service
from ragstone_kit.transport import Transport
from ragstone_router.endpoints import router
from ragstone_router.errors import on_error
from ragstone_router.proxy import Proxy
from ragstone_router.routes import build_routes
from ragstone_router.settings import RouterSettings


def create_app(settings: RouterSettings, *, inference: Transport | None = None) -> FastAPI:
    """``inference`` is how that service is reached; over ``settings.inference_url`` by default."""
    routes = build_routes(settings, inference)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await routes.close()

    app = create_service(
        "router", settings, [router], lifespan=lifespan, checks={"inference": RouterClient(routes.inference).ready}
    )
    app.state.proxy = Proxy(routes, settings)
    app.add_exception_handler(RagstoneError, on_error)
    return app
