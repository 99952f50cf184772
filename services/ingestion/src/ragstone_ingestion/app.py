"""The ingestion service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from ragstone_clients.router import RouterClient
from ragstone_index import VectorIndex
from ragstone_ingestion.assembly import assemble
from ragstone_ingestion.drafts import DocumentParser
from ragstone_ingestion.endpoints import ROUTERS
from ragstone_ingestion.reaper import Reaper
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.waker import RemoteWaker
from ragstone_kit.app import create_service


def create_app(
    settings: IngestionSettings,
    *,
    index: VectorIndex,
    router: RouterClient,
    parser_pool: DocumentParser | None = None,
    waker: RemoteWaker | None = None,
) -> FastAPI:
    """The service over an index and a router that stay the caller's to close.

    ``waker`` is how workers of other processes are woken; by default the one of this process is.
    """
    ingestion = assemble(settings, index, router, parser=parser_pool)
    worker, jobs = ingestion.worker, ingestion.stores.jobs
    reaper = Reaper(jobs, ingestion.overview, settings.reap_seconds, local=worker.waker, broker=waker)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await ingestion.open()
        if settings.sole_worker:
            await jobs.end_all_leases()
        reaper.start()
        if settings.embedded_worker:
            ingestion.worker.start()
        schedule = asyncio.create_task(ingestion.schedule.run(app.state.waker))
        yield
        await reaper.stop()
        schedule.cancel()
        await asyncio.gather(schedule, return_exceptions=True)
        await ingestion.close()

    checks = {"database": ingestion.stores.database.ping, "index": index.ping}
    app = create_service("ingestion", settings, ROUTERS, lifespan=lifespan, checks=checks)
    app.state.ingestion = ingestion
    app.state.waker = worker.waker if waker is None else reaper.waker
    return app
