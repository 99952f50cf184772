"""``celery -A ragstone_ingestion.tasks worker``: the same work as everywhere, begun by a message."""

import asyncio

from celery import Task

from ragstone_ingestion.adapters.celery_waker import APP, WORK
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.worker import opened
from ragstone_kit.celery_app import celery_app

settings = IngestionSettings()  # type: ignore[call-arg]  # the environment fills what has no default
app = celery_app(APP, settings.celery_broker_url or "")


@app.task(name=WORK, bind=True)  # type: ignore[untyped-decorator]  # celery has no types
def work(task: Task) -> None:
    """Lease and run jobs until none is due; come back when the next one will be."""
    ran, seconds = asyncio.run(_work())
    # A message that came back may be that of a dead worker, whose lease has yet to run out.
    if seconds is not None and (ran or task.request.delivery_info.get("redelivered")):
        task.apply_async(countdown=seconds)


async def _work() -> tuple[int, float | None]:
    async with opened(settings) as ingestion:
        return await ingestion.worker.drain(), await ingestion.stores.jobs.next_due()
