"""``python -m ragstone_ingestion``: the API, and by default a worker, with settings from the environment."""

import asyncio

import uvicorn

from ragstone_clients.router import RouterClient
from ragstone_ingestion.app import create_app
from ragstone_ingestion.assembly import open_index_by
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.waker import open_waker
from ragstone_kit.logs import configure_logs
from ragstone_kit.transport import AiohttpTransport


async def serve(settings: IngestionSettings) -> None:
    index, router = open_index_by(settings), RouterClient(AiohttpTransport(settings.router_url))
    waker = None if settings.celery_broker_url is None else open_waker(settings.celery_broker_url)
    app = create_app(settings, index=index, router=router, waker=waker)
    try:
        await uvicorn.Server(uvicorn.Config(app, settings.host, settings.port, log_level="warning")).serve()
    finally:
        await router.close()
        await index.close()


if __name__ == "__main__":
    settings = IngestionSettings()  # type: ignore[call-arg]  # the environment fills what has no default
    configure_logs(settings.log_level)
    asyncio.run(serve(settings))
