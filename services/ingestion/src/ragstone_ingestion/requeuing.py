"""Giving dead letters new attempts."""

from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.jobs import Job, JobFilter, Priority, Requeued, RequeueRequest
from ragstone_contracts.jobs import JobState as WireState
from ragstone_ingestion.admission import Admission
from ragstone_ingestion.errors import NotRequeueable
from ragstone_ingestion.job_listing import JobListing, filtered
from ragstone_ingestion.jobs import DEAD, Clock, JobState, next_turn
from ragstone_ingestion.tables import documents, jobs, lock, versions
from ragstone_kit.database import Database


class Requeuing:
    def __init__(self, database: Database, listing: JobListing, admission: Admission, clock: Clock) -> None:
        self._database = database
        self._listing = listing
        self._admission = admission
        self._clock = clock

    async def one(self, identity: Identity, job_id: str) -> Job:
        """Queue a job that failed or was rejected again, as one somebody waits for.

        Raises NotFound, NotRequeueable when it has not ended so or something newer took its place, or QueueFull.
        """
        await self._admission.require_room(identity.tenant)
        async with self._database.write() as connection:
            seen = self._listing.seen_by(identity).where(jobs.c.id == job_id)
            row = (await connection.execute(seen.with_for_update(of=jobs))).one_or_none()
            if row is None:
                raise NotFound(f"there is no job {job_id!r}")
            if row.state not in DEAD:
                raise NotRequeueable(f"the job is {row.state}, neither failed nor rejected")
            if not await _is_newest(connection, row):
                raise NotRequeueable("there is a newer version or a newer job of the document")
            await self._queue(connection, row, await self._admission.admit(connection, identity.tenant))
        return await self._listing.get(identity, job_id)

    async def many(self, identity: Identity, wanted: RequeueRequest) -> Requeued:
        """Queue the newest dead letters that meet the filter again, as a batch. Raises QueueFull."""
        await self._admission.require_room(identity.tenant)
        failed = JobFilter(state=WireState.FAILED, collection=wanted.collection)
        query = self._listing.seen_by(identity).where(*filtered(failed), _newest())
        if wanted.code is not None:
            query = query.where(jobs.c.error_code == wanted.code)
        query = query.order_by(jobs.c.created_at.desc()).limit(wanted.limit)
        async with self._database.write() as connection:
            rows = (await connection.execute(query.with_for_update(of=jobs, skip_locked=True))).all()
            for row in rows:
                await self._admission.admit(connection, identity.tenant)
                await self._queue(connection, row, Priority.BATCH)
        return Requeued(requeued=len(rows))

    async def _queue(self, connection: AsyncConnection, row: Row[Any], priority: Priority) -> None:
        await lock(connection, f"turns/{row.tenant}")
        now = self._clock()
        fresh = {
            "state": JobState.QUEUED,
            "priority": priority,
            "turn": await next_turn(connection, row.tenant, priority),
            "attempts": 0,
            "step": None,
            "progress": 0.0,
            "error_code": None,
            "error_detail": None,
            "not_before": now,
            "updated_at": now,
            "ended_at": None,
        }
        await connection.execute(update(jobs).where(jobs.c.id == row.id).values(fresh))


def _newest() -> Any:
    """The job is the last one of its document's newest version: no other can be at work on the same."""
    this = (versions.c.document_id == jobs.c.document_id) & (versions.c.version == jobs.c.version)
    held = select(versions.c.job_id).where(
        this, versions.c.version == documents.c.version, versions.c.job_id == jobs.c.id
    )
    return held.correlate(jobs, documents).exists()


async def _is_newest(connection: AsyncConnection, row: Row[Any]) -> bool:
    joined = jobs.join(documents, documents.c.id == jobs.c.document_id)
    wanted = select(jobs.c.id).select_from(joined).where(jobs.c.id == row.id, _newest())
    return await connection.scalar(wanted) is not None
