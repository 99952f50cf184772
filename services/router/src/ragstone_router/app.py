"""The model router."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.app import create_service
from ragstone_kit.transport import AiohttpTransport, Transport
from ragstone_router.endpoints import router
from ragstone_router.errors import on_error
from ragstone_router.proxy import Proxy
from ragstone_router.routing.default_book import default_book
from ragstone_router.settings import RouterSettings


def create_app(settings: RouterSettings, *, inference: Transport | None = None) -> FastAPI:
    """``inference`` is how that service is reached; over ``settings.inference_url`` by default."""
    book = default_book(settings, inference)
    served = RouterClient(inference or AiohttpTransport(settings.inference_url))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await book.close()
        await served.close()

    app = create_service("router", settings, [router], lifespan=lifespan, checks={"inference": served.ready})
    app.state.proxy = Proxy(book, settings)
    app.add_exception_handler(RagstoneError, on_error)
    return app
