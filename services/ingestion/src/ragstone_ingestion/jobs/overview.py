"""How the queue as a whole stands: how long it is, how fast it moves, how long what is in it will take."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.jobs import JobKind, Priority
from ragstone_ingestion.jobs.model import OPEN, Clock, JobState
from ragstone_ingestion.tables import jobs
from ragstone_kit.database import Database

_FRESH_SECONDS = 2.0
_SAMPLE, _SAMPLE_SECONDS = 200, 3600.0
_MINUTE = 60.0
_MOST_AHEAD = 100_000


@dataclass(frozen=True)
class Depth:
    """Jobs that have yet to end, by state and priority, and since when (Unix time) the oldest queued one is due."""

    jobs: Mapping[tuple[JobState, Priority], int]
    oldest_due: float | None

    @property
    def due(self) -> dict[Priority, int]:
        """How many can be leased now."""
        return {priority: count for (state, priority), count in self.jobs.items() if state == JobState.QUEUED}


@dataclass(frozen=True)
class Pace:
    """What ingestion was measured to need: seconds for a job and for a byte, and jobs a second of all workers."""

    job_seconds: float
    byte_seconds: float
    jobs_per_second: float

    def seconds_for(self, size: int) -> float:
        """A guess of how long a document of so many bytes takes once it has begun."""
        return max(self.job_seconds, self.byte_seconds * size)


class JobOverview:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._pace: tuple[float, Pace | None] = (-_FRESH_SECONDS, None)

    async def depth(self) -> Depth:
        """Counted from an index."""
        counts = select(jobs.c.state, jobs.c.priority, func.count()).where(jobs.c.state.in_(OPEN))
        oldest = select(func.min(jobs.c.not_before)).where(jobs.c.state == JobState.QUEUED)
        async with self._database.read() as connection:
            rows = (await connection.execute(counts.group_by(jobs.c.state, jobs.c.priority))).all()
            since = await connection.scalar(oldest)
        return Depth({(JobState(state), Priority(priority)): count for state, priority, count in rows}, since)

    async def dead_letters(self) -> dict[str, int]:
        """How many jobs failed, by error code."""
        counts = select(jobs.c.error_code, func.count()).where(jobs.c.state == JobState.FAILED)
        async with self._database.read() as connection:
            rows = await connection.execute(counts.group_by(jobs.c.error_code))
            return {code or "unknown": count for code, count in rows}

    async def pace(self) -> Pace | None:
        """As measured over the last jobs of the last hour; None when there were none. Looked up every 2 s at most."""
        now = self._clock()
        read_at, pace = self._pace
        if not 0 <= now - read_at < _FRESH_SECONDS:
            async with self._database.read() as connection:
                pace = await self._measure(connection, now)
            self._pace = (now, pace)
        return pace

    async def _measure(self, connection: AsyncConnection, now: float) -> Pace | None:
        ended = select(jobs.c.size, jobs.c.timings, jobs.c.ended_at)
        ended = ended.where(jobs.c.ended_at > now - _SAMPLE_SECONDS, jobs.c.kind == JobKind.INGEST)
        ended = ended.where(jobs.c.state == JobState.DONE).order_by(jobs.c.ended_at.desc()).limit(_SAMPLE)
        rows = (await connection.execute(ended)).all()
        seconds = [sum(row.timings.values()) for row in rows]
        if not rows or sum(seconds) == 0:
            return None
        running = select(func.count()).where(jobs.c.state == JobState.RUNNING, jobs.c.lease_until > now)
        lanes = max(1, await connection.scalar(running) or 0)
        median = statistics.median(seconds)
        lately = sum(row.ended_at > now - _MINUTE for row in rows)
        span = now - rows[-1].ended_at if lately == _SAMPLE else _MINUTE
        # Few jobs in the last minute may mean few uploads, and many were perhaps worked on as one: the larger is true.
        per_second = max(lately / max(span, 0.1), lanes / max(median, 0.001))
        bytes_read = sum(row.size for row in rows)
        return Pace(median, sum(seconds) / bytes_read if bytes_read else 0.0, per_second)

    async def ahead(self, connection: AsyncConnection, job: Row[Any]) -> int:
        """How many queued jobs have their turn before this one, as far as they have been added yet."""
        sooner = or_(jobs.c.turn < job.turn, (jobs.c.turn == job.turn) & (jobs.c.not_before < job.not_before))
        more_urgent = select(jobs.c.id).where(jobs.c.state == JobState.QUEUED, jobs.c.priority < job.priority)
        same = select(jobs.c.id).where(jobs.c.state == JobState.QUEUED, jobs.c.priority == job.priority, sooner)
        total = 0
        for wanted in (more_urgent, same):
            count = select(func.count()).select_from(wanted.limit(_MOST_AHEAD).subquery())
            total += await connection.scalar(count) or 0
        return total
