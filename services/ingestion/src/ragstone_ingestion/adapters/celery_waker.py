"""Waking workers through Celery."""

import asyncio

from celery import Celery
from kombu.exceptions import OperationalError

from ragstone_contracts.errors import Unavailable
from ragstone_contracts.jobs import Priority
from ragstone_kit.celery_app import celery_app
from ragstone_kit.tracing import trace_headers

APP = "ragstone-ingestion"
WORK, REAP = "ragstone_ingestion.work", "ragstone_ingestion.reap"
"""The tasks: work one job off, and recover and announce what is due."""


def queue_of(priority: Priority) -> str:
    return f"{APP}.{priority.name.lower()}"


def ingestion_app(broker_url: str) -> Celery:
    """The application with a queue for each priority, so that each can have its own workers."""
    return celery_app(APP, broker_url, [queue_of(priority) for priority in Priority])


class CeleryWaker:
    """Sends a task for each job that any Celery worker of its queue may take."""

    def __init__(self, broker_url: str) -> None:
        self._app = ingestion_app(broker_url)

    async def waiting(self, priority: Priority) -> int:
        """The length of the priority's queue."""
        return await asyncio.to_thread(self._waiting, queue_of(priority))

    async def wake(self, priority: Priority, jobs: int) -> None:
        await asyncio.to_thread(self._send, priority, jobs, trace_headers())

    def _waiting(self, queue: str) -> int:
        try:
            with self._app.connection_for_write(connect_timeout=2) as connection:
                return int(connection.default_channel.queue_declare(queue, durable=True).message_count)
        except (OperationalError, OSError) as error:
            raise Unavailable(f"the broker does not answer: {error}") from error

    def _send(self, priority: Priority, jobs: int, headers: dict[str, str]) -> None:
        try:
            for _ in range(jobs):
                self._app.send_task(WORK, [int(priority)], queue=queue_of(priority), headers=headers, retry=False)
        except (OperationalError, OSError) as error:
            raise Unavailable(f"the broker does not answer: {error}") from error
