"""Whether one more upload can be taken in now: room in the queues, and room in the object store."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.jobs import Priority
from ragstone_ingestion.errors import StorageFull
from ragstone_ingestion.jobs import Backlog
from ragstone_ingestion.objects import ObjectStore
from ragstone_kit.database import Database

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_FULL_SECONDS = 60.0


class Admission:
    """``min_free_bytes`` stay free in an object store that is a folder; a bucket says itself when it is full."""

    def __init__(self, database: Database, objects: ObjectStore, backlog: Backlog, min_free_bytes: int) -> None:
        self._database = database
        self._objects = objects
        self._backlog = backlog
        self._min_free_bytes = min_free_bytes

    async def require_room(self, tenant: str) -> Priority:
        """To be asked before a body is read; returns the priority that its job would have now.

        Raises QueueFull, QueuesFull or StorageFull, each with a retry_after.
        """
        free = await self._objects.free_bytes()
        if free is not None and free < self._min_free_bytes:
            raise StorageFull(retry_after=_FULL_SECONDS)
        async with self._database.read() as connection:
            return await self._backlog.foresee(connection, tenant)

    async def admit(self, connection: AsyncConnection, tenant: str) -> Priority:
        """Count one more job in the transaction that adds it; returns its priority. Raises QueueFull or QueuesFull."""
        return await self._backlog.admit(connection, tenant)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Within, a disk or quota that runs full is a StorageFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise StorageFull(retry_after=_FULL_SECONDS) from error
