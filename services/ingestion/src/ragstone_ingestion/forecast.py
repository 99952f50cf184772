"""When a job should end, by what ingestion was measured to need lately."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from ragstone_ingestion.jobs import OPEN, Clock, JobOverview, JobState
from ragstone_ingestion.tables import jobs
from ragstone_kit.database import Database

_MEASURABLE = 0.1
"""The progress from which on the rest of a running job is told from its own speed."""


@dataclass(frozen=True)
class Outlook:
    """Jobs that start before it, and seconds until it ends; None where nothing is known or nothing is to come."""

    ahead: int | None = None
    seconds: float | None = None


class Forecast:
    def __init__(self, database: Database, overview: JobOverview, clock: Clock) -> None:
        self._database = database
        self._overview = overview
        self._clock = clock

    async def of_job(self, job_id: str) -> float | None:
        """Seconds until a job that has yet to end does; None for any other."""
        wanted = select(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(OPEN))
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        return None if row is None else (await self.of(row)).seconds

    async def of(self, job: Row[Any]) -> Outlook:
        """The outlook for a row of the jobs table."""
        pace = await self._overview.pace()
        if job.state == JobState.RUNNING:
            total = None if pace is None else pace.seconds_for(job.size)
            return Outlook(seconds=_rest(job, self._clock(), total))
        if job.state not in (JobState.QUEUED, JobState.DELAYED):
            return Outlook()
        ahead = await self._ahead(job)
        if pace is None:
            return Outlook(ahead)
        waits = max(0.0, job.not_before - self._clock()) + ahead / pace.jobs_per_second
        return Outlook(ahead, round(waits + pace.seconds_for(job.size), 1))

    async def _ahead(self, job: Row[Any]) -> int:
        if job.state == JobState.DELAYED:
            return 0  # its turn comes when its wait is over
        async with self._database.read() as connection:
            return await self._overview.ahead(connection, job)


def _rest(job: Row[Any], now: float, total: float | None) -> float | None:
    elapsed = now - job.history[-1]["started_at"] if job.history else 0.0
    if job.progress >= _MEASURABLE:
        total = elapsed / job.progress
    return None if total is None else round(max(total - elapsed, 0.1), 1)
