"""``python -m ragstone_ingestion.worker``: a worker process without the API, with settings from the environment."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import start_http_server

from ragstone_clients.router import RouterClient
from ragstone_ingestion import tables
from ragstone_ingestion.assembly import Ingestion, assemble, job_store, open_index_by
from ragstone_ingestion.jobs import JobOverview
from ragstone_ingestion.reaper import Reaper
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.waker import InProcessWaker, open_waker
from ragstone_kit.database import Database
from ragstone_kit.logs import configure_logs
from ragstone_kit.transport import AiohttpTransport


@asynccontextmanager
async def opened(settings: IngestionSettings) -> AsyncIterator[Ingestion]:
    """The service without its API, over what the settings name."""
    index, router = open_index_by(settings), RouterClient(AiohttpTransport(settings.router_url))
    ingestion = assemble(settings, index, router)
    try:
        await ingestion.open()
        yield ingestion
    finally:
        await ingestion.close()
        await router.close()
        await index.close()


@asynccontextmanager
async def reaping(settings: IngestionSettings) -> AsyncIterator[Reaper]:
    """A reaper that needs nothing but the tables and the broker."""
    database = Database(settings.database_url)
    jobs, overview = job_store(settings, database), JobOverview(database, time.time)
    broker = None if settings.celery_broker_url is None else open_waker(settings.celery_broker_url)
    try:
        await database.create_tables(tables.metadata)
        yield Reaper(jobs, overview, settings.reap_seconds, local=InProcessWaker(), broker=broker)
    finally:
        await database.close()


async def work(settings: IngestionSettings) -> None:
    """Work jobs off until the process is told to end; then hand back what is unfinished."""
    told_to_end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told_to_end.set)
    if settings.metrics_port is not None:
        start_http_server(settings.metrics_port, settings.host)
    async with opened(settings) as ingestion:
        worker = ingestion.worker
        reaper = Reaper(ingestion.stores.jobs, ingestion.overview, settings.reap_seconds, local=worker.waker)
        reaper.start()
        worker.start()
        await told_to_end.wait()
        await reaper.stop()


if __name__ == "__main__":
    settings = IngestionSettings()  # type: ignore[call-arg]  # the environment fills what has no default
    configure_logs(settings.log_level)
    asyncio.run(work(settings))
