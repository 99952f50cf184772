"""``celery -A ragstone_ingestion.tasks worker``: the same work as everywhere, begun by a message."""

import asyncio
import threading
from contextlib import AsyncExitStack
from typing import Any

from celery import Celery
from celery.signals import worker_process_shutdown, worker_ready

from ragstone_ingestion.adapters.celery_waker import APP, REAP, WORK, ingestion_app, queue_of
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.jobs import Priority
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.worker import opened, reaping

settings = IngestionSettings()  # type: ignore[call-arg]  # the environment fills what has no default
app: Celery = ingestion_app(settings.celery_broker_url or "")
app.conf.beat_schedule = {APP: {"task": REAP, "schedule": settings.reap_seconds}}
app.conf.task_routes = {REAP: {"queue": queue_of(Priority.MAINTENANCE)}}


class _Process:
    """What a worker process keeps open from one message to the next: opening it costs more than a small document."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None
        self._stack = AsyncExitStack()

    def run_one(self, priority: Priority) -> None:
        """Run the job whose turn it is, if one of this priority is due."""
        if self._runner is None:
            self._runner = asyncio.Runner()
            self._ingestion: Ingestion = self._runner.run(self._stack.enter_async_context(opened(settings)))
        self._runner.run(self._ingestion.worker.run_next(priority))

    def close(self) -> None:
        if self._runner is not None:
            self._runner.run(self._stack.aclose())
            self._runner.close()


_process = _Process()


@app.task(name=WORK)  # type: ignore[untyped-decorator]  # celery has no types
def work(priority: int) -> None:
    """One message, one job: so the length of a queue says how many workers it can use."""
    _process.run_one(Priority(priority))


@app.task(name=REAP)  # type: ignore[untyped-decorator]
def reap() -> None:
    """What ``celery beat`` may ask for; a worker process reaps by itself too."""
    asyncio.run(_reap())


async def _reap() -> None:
    async with reaping(settings) as reaper:
        await reaper.reap()


async def _keep_reaping() -> None:
    async with reaping(settings) as reaper:
        await reaper.run()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _start_reaper(**_: Any) -> None:
    """In the process that waits for messages, which no document can end."""
    threading.Thread(target=lambda: asyncio.run(_keep_reaping()), name="reaper", daemon=True).start()


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _close(**_: Any) -> None:
    _process.close()
