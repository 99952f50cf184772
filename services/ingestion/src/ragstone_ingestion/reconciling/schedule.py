"""Reconciling every so often: one job at a time, whatever number of processes think of it."""

import asyncio

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.jobs import OPEN, Clock, JobKind, NewJob, Priority, add_job
from ragstone_ingestion.tables import PLATFORM, collections, jobs, lock
from ragstone_ingestion.waker import Waker
from ragstone_kit.database import Database
from ragstone_kit.logs import get_logger

_LOOK_SECONDS = 60.0
_log = get_logger(__name__)


class ReconcileSchedule:
    """``every_seconds`` counts from the last job, or from the first collection before there was one; 0 is never."""

    def __init__(self, database: Database, clock: Clock, every_seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._every_seconds = every_seconds

    async def run(self, waker: Waker) -> None:
        """Queue the job whenever it is due, until cancelled."""
        while self._every_seconds > 0:
            try:
                if await self.queue_if_due():
                    await waker.wake()
            except Exception as error:  # noqa: BLE001  the schedule outlives a database that is away for a while
                _log.error("cannot queue the reconciliation", exc_info=error)
            await asyncio.sleep(min(_LOOK_SECONDS, self._every_seconds))

    async def queue_if_due(self) -> bool:
        """Queue the job if it is due and none is under way; true when it was queued."""
        now = self._clock()
        async with self._database.write() as connection:
            await lock(connection, PLATFORM)
            before = await _begun(connection)
            if before is None or now - before < self._every_seconds or await _is_under_way(connection):
                return False
            await connection.execute(delete(jobs).where(jobs.c.kind == JobKind.RECONCILE))
            await self._add_platform(connection, now)
            new = NewJob(JobKind.RECONCILE, "", PLATFORM, priority=Priority.MAINTENANCE)
            await add_job(connection, new, now)
        return True

    async def _add_platform(self, connection: AsyncConnection, now: float) -> None:
        """Every job is about a collection; this one is about the hidden one that stands for all."""
        dialect = sqlite if self._database.is_sqlite else postgresql
        row = {"id": PLATFORM, "tenant": "", "name": PLATFORM, "acl": [], "settings": {}, "deleted": True}
        await connection.execute(
            dialect.insert(collections).values(row | {"created_at": now, "sequence": 0}).on_conflict_do_nothing()
        )


async def _begun(connection: AsyncConnection) -> float | None:
    """When the last reconciliation was queued, or else when there first was anything to reconcile."""
    last = select(func.max(jobs.c.created_at)).where(jobs.c.kind == JobKind.RECONCILE)
    first = select(func.min(collections.c.created_at)).where(collections.c.id != PLATFORM)
    begun: float | None = await connection.scalar(last) or await connection.scalar(first)
    return begun


async def _is_under_way(connection: AsyncConnection) -> bool:
    under_way = select(jobs.c.id).where(jobs.c.kind == JobKind.RECONCILE, jobs.c.state.in_(OPEN)).limit(1)
    return await connection.scalar(under_way) is not None
