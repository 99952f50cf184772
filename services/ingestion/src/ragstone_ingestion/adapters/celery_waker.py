"""Waking workers through Celery."""

import asyncio

from kombu.exceptions import OperationalError

from ragstone_kit.celery_app import celery_app
from ragstone_kit.logs import get_logger

APP = "ragstone-ingestion"
WORK = "ragstone_ingestion.work"
"""The task that works off what is due; it takes no arguments, for the jobs table has them."""

_log = get_logger(__name__)


class CeleryWaker:
    """Sends a task that any Celery worker of the service may take."""

    def __init__(self, broker_url: str) -> None:
        self._app = celery_app(APP, broker_url)

    async def wake(self) -> None:
        """Without a broker the job waits for the next wake-up or for a worker that looks by itself."""
        try:
            await asyncio.to_thread(self._app.send_task, WORK, retry=False)
        except OperationalError as error:
            _log.warning("cannot wake a worker", reason=str(error))
