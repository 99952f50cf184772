"""The model router."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.app import create_service
from ragstone_kit.database import Database
from ragstone_kit.transport import AiohttpTransport, Transport
from ragstone_router.caching.opening import open_answers
from ragstone_router.caching.serving import AnswerCache
from ragstone_router.endpoints import router
from ragstone_router.errors import on_error
from ragstone_router.forwarding import Forwarding
from ragstone_router.keys import endpoints as keys
from ragstone_router.keys.callers import Callers
from ragstone_router.keys.store import KeyStore
from ragstone_router.limits import endpoints as limits
from ragstone_router.limits.opening import open_accounts
from ragstone_router.proxy import Proxy
from ragstone_router.routing.board.opening import open_board
from ragstone_router.routing.board.sharing import SharedBreakers
from ragstone_router.routing.default_book import default_book
from ragstone_router.routing.live import LiveBook
from ragstone_router.routing.opening import open_routes
from ragstone_router.settings import RouterSettings


def create_app(settings: RouterSettings, *, inference: Transport | None = None) -> FastAPI:
    """``inference`` is how that service is reached; over ``settings.inference_url`` by default.

    Raises InvalidRequest when the routes file is wrong.
    """
    reached = inference or AiohttpTransport(settings.inference_url)
    base = default_book(settings, reached)
    database = None if settings.database_url is None else Database(settings.database_url)
    accounts = open_accounts(settings, database)
    store = None if database is None else KeyStore(database)
    answers = AnswerCache(open_answers(settings), accounts)
    books = LiveBook(lambda: open_routes(base, settings), settings.routes)
    breakers = SharedBreakers(open_board(settings.redis_url), lambda: books.current)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await accounts.ledger.open()
        if store is not None:
            await store.open()
        beside = [asyncio.create_task(books.watch()), asyncio.create_task(breakers.run())]
        yield
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await breakers.close()
        await app.state.proxy.shadows.close()
        await answers.close()
        await accounts.close()
        await books.close()
        await base.close()

    app = create_service(
        "router",
        settings,
        [router, keys.router, limits.router],
        lifespan=lifespan,
        checks={"inference": RouterClient(reached).ready},
        front=Forwarding,
    )
    app.state.keys = store
    app.state.callers = Callers(app.state.tokens, store)
    app.state.proxy = Proxy(books, accounts, answers, settings)
    app.add_exception_handler(RagstoneError, on_error)
    return app
