"""Jobs and their leases. The table is the truth; queues only wake workers."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import RagstoneError
from ragstone_ingestion.errors import DocumentRejected, LeaseLost
from ragstone_ingestion.tables import jobs
from ragstone_kit.database import Database

Clock = Callable[[], float]

_LONGEST_WAIT = 300.0


class JobKind(StrEnum):
    INGEST = "ingest"
    """Make a document version answer questions."""
    PRUNE = "prune"
    """Remove what a version that was replaced left in the index."""
    DELETE = "delete"
    """Remove a document from every store."""
    DROP = "drop"
    """Remove a collection from every store."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"


@dataclass(frozen=True)
class NewJob:
    kind: JobKind
    tenant: str
    collection_id: str
    document_id: str | None = None
    version: int | None = None
    delay: float = 0.0
    """Seconds before it is due."""


@dataclass(frozen=True)
class Lease:
    """The right to work on a job. ``epoch`` fences it: it counts the job's leases, and only the newest may write."""

    job_id: str
    epoch: int
    kind: JobKind
    tenant: str
    collection_id: str
    document_id: str
    version: int
    attempts: int


@dataclass(frozen=True)
class JobRules:
    """``lease_seconds`` without a heartbeat free a job; ``backoff_seconds`` doubles after each failed attempt."""

    lease_seconds: float = 30.0
    max_attempts: int = 3
    backoff_seconds: float = 5.0


async def add_job(connection: AsyncConnection, new: NewJob, now: float) -> str:
    """Queue a job in the transaction that makes it necessary; returns its id."""
    job_id = str(uuid.uuid4())
    await connection.execute(
        insert(jobs).values(
            id=job_id,
            kind=new.kind,
            tenant=new.tenant,
            collection_id=new.collection_id,
            document_id=new.document_id,
            version=new.version,
            state=JobState.QUEUED,
            not_before=now + new.delay,
            created_at=now,
            updated_at=now,
        )
    )
    return job_id


class JobStore:
    """Hands out leases and takes results. What a lease writes is refused with LeaseLost once it is not the newest."""

    def __init__(self, database: Database, rules: JobRules, clock: Clock = time.time) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock

    async def lease(self, owner: str, job_id: str | None = None) -> Lease | None:
        """Take the job that is due longest, or the named one if it is due; None when there is none.

        A job whose worker went silent is due again, until its attempts are used up: then it fails.
        """
        while True:
            async with self._database.write() as connection:
                row = await self._next_due(connection, job_id)
                if row is None:
                    return None
                if row.state == JobState.QUEUED or self._may_try_again(row.kind, row.attempts):
                    return await self._take(connection, row, owner)
                await self._give_up(connection, row)

    async def _next_due(self, connection: AsyncConnection, job_id: str | None) -> Row[Any] | None:
        now = self._clock()
        queued = and_(jobs.c.state == JobState.QUEUED, jobs.c.not_before <= now)
        abandoned = and_(jobs.c.state == JobState.RUNNING, jobs.c.lease_until <= now)
        due = select(jobs).where(or_(queued, abandoned), ~jobs.c.called_off)
        if job_id is not None:
            due = due.where(jobs.c.id == job_id)
        due = due.order_by(jobs.c.not_before).limit(1).with_for_update(skip_locked=True)
        return (await connection.execute(due)).one_or_none()

    def _may_try_again(self, kind: str, attempts: int) -> bool:
        # Removing things must end in their being gone, however long a store is away.
        return kind != JobKind.INGEST or attempts < self._rules.max_attempts

    async def _take(self, connection: AsyncConnection, row: Row[Any], owner: str) -> Lease:
        taken = {
            "state": JobState.RUNNING,
            "step": None,
            "progress": 0.0,
            "timings": {},
            "attempts": row.attempts + 1,
            "lease_owner": owner,
            "lease_until": self._clock() + self._rules.lease_seconds,
            "epoch": row.epoch + 1,
            "updated_at": self._clock(),
        }
        await connection.execute(update(jobs).where(jobs.c.id == row.id).values(taken))
        return Lease(
            row.id,
            row.epoch + 1,
            JobKind(row.kind),
            row.tenant,
            row.collection_id,
            row.document_id or "",
            row.version or 0,
            row.attempts + 1,
        )

    async def _give_up(self, connection: AsyncConnection, row: Row[Any]) -> None:
        failure = {
            "state": JobState.FAILED,
            "error_code": "worker_lost",
            "error_detail": f"the worker disappeared in each of {row.attempts} attempts, the last in step {row.step}",
            "updated_at": self._clock(),
        }
        await connection.execute(update(jobs).where(jobs.c.id == row.id).values(failure))

    async def next_due(self) -> float | None:
        """Seconds until the next job may be leased; None when nothing is queued or running."""
        due = func.min(case((jobs.c.state == JobState.RUNNING, jobs.c.lease_until), else_=jobs.c.not_before))
        waiting = and_(jobs.c.state.in_([JobState.QUEUED, JobState.RUNNING]), ~jobs.c.called_off)
        async with self._database.read() as connection:
            at: float | None = await connection.scalar(select(due).where(waiting))
        return None if at is None else max(0.0, at - self._clock())

    async def is_open(self, job_id: str) -> bool:
        """True while the job has yet to end."""
        open_states = jobs.c.state.in_([JobState.QUEUED, JobState.RUNNING])
        async with self._database.read() as connection:
            return await connection.scalar(select(jobs.c.id).where(jobs.c.id == job_id, open_states)) is not None

    async def end_all_leases(self) -> None:
        """Make abandoned work due at once; for a worker that knows itself to be the only one and has just begun."""
        async with self._database.write() as connection:
            await connection.execute(update(jobs).where(jobs.c.state == JobState.RUNNING).values(lease_until=0.0))

    async def heartbeat(self, lease: Lease) -> None:
        """Say that the worker is alive."""
        async with self._database.write() as connection:
            await self.write(connection, lease, {})

    async def report(self, lease: Lease, step: str, progress: float, timings: dict[str, float]) -> None:
        """Say where the work stands; also a heartbeat."""
        async with self._database.write() as connection:
            await self.write(connection, lease, {"step": step, "progress": progress, "timings": timings})

    async def write(self, connection: AsyncConnection, lease: Lease, values: dict[str, Any]) -> None:
        """Write to the job in a transaction of the caller's, which LeaseLost is there to roll back."""
        now = self._clock()
        beat = {"lease_until": now + self._rules.lease_seconds, "updated_at": now}
        mine = and_(jobs.c.id == lease.job_id, jobs.c.epoch == lease.epoch, jobs.c.state == JobState.RUNNING)
        result = await connection.execute(update(jobs).where(mine, ~jobs.c.called_off).values(beat | values))
        if result.rowcount != 1:
            raise LeaseLost(f"job {lease.job_id} is no longer held in epoch {lease.epoch}")

    async def done(self, connection: AsyncConnection, lease: Lease, timings: dict[str, float] | None = None) -> None:
        """The work is complete, in the very transaction that completes it."""
        finished = {"state": JobState.DONE, "step": None, "progress": 1.0, "error_code": None, "error_detail": None}
        await self.write(connection, lease, finished | ({} if timings is None else {"timings": timings}))

    async def fail(self, lease: Lease, error: Exception) -> JobState:
        """End an attempt: rejected for good, queued again after a wait, or failed when no attempt is left."""
        values: dict[str, Any] = {"error_code": _code(error), "error_detail": _detail(error)}
        if isinstance(error, DocumentRejected):
            values["state"] = JobState.REJECTED
        elif self._may_try_again(lease.kind, lease.attempts):
            wait = min(self._rules.backoff_seconds * 2 ** (lease.attempts - 1), _LONGEST_WAIT)
            values |= {"state": JobState.QUEUED, "not_before": self._clock() + wait}
        else:
            values["state"] = JobState.FAILED
        async with self._database.write() as connection:
            await self.write(connection, lease, values)
        return JobState(values["state"])

    async def hand_back(self, lease: Lease) -> None:
        """Stop without a result and without blame: the job is due at once, this attempt does not count."""
        returned = {"state": JobState.QUEUED, "step": None, "attempts": lease.attempts - 1, "not_before": self._clock()}
        async with self._database.write() as connection:
            await self.write(connection, lease, returned)

    async def let_go(self, lease: Lease) -> None:
        """Tell whoever called the job off that this worker has stopped; nothing if the lease is not ours any more."""
        mine = and_(jobs.c.id == lease.job_id, jobs.c.epoch == lease.epoch, jobs.c.called_off)
        async with self._database.write() as connection:
            await connection.execute(update(jobs).where(mine).values(lease_until=0.0))

    async def is_live(self, connection: AsyncConnection, job_id: str, epoch: int) -> bool:
        """True while that lease may still be at work."""
        held = and_(jobs.c.id == job_id, jobs.c.epoch == epoch, jobs.c.state == JobState.RUNNING)
        row = await connection.scalar(select(jobs.c.id).where(held, jobs.c.lease_until > self._clock()))
        return row is not None

    async def someone_works_on(self, *what: Any) -> bool:
        """True while a lease that was called off may still be at work on jobs that meet the conditions."""
        held = and_(jobs.c.state == JobState.RUNNING, jobs.c.called_off, jobs.c.lease_until > self._clock())
        async with self._database.read() as connection:
            return await connection.scalar(select(jobs.c.id).where(held, *what).limit(1)) is not None


async def call_off(connection: AsyncConnection, *what: Any) -> None:
    """Stop the jobs that meet the conditions: queued ones never start, running ones lose their lease."""
    await connection.execute(update(jobs).where(*what).values(called_off=True))


def _code(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed_out"
    return error.code if isinstance(error, RagstoneError) else "internal"


def _detail(error: Exception) -> str:
    """What a user may read: our own errors' words, and only the kind of any other."""
    return error.detail if isinstance(error, RagstoneError) else f"an unexpected {type(error).__name__}; see the log"
