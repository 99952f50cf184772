"""Looks at the jobs table while processes die."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from ragstone_ingestion.jobs import OPEN, JobKind
from ragstone_ingestion.tables import jobs
from ragstone_kit.database import Database

_LOOK_SECONDS = 0.1
_AWAITED = (JobKind.INGEST, JobKind.PRUNE, JobKind.DELETE)


@dataclass
class _Kill:
    at: float
    waiting: set[str]
    """Jobs that were running when it happened and have not ended since."""


@dataclass
class Watch:
    """``recoveries``: seconds from a kill until every job that ran then had ended; ``longest_overdue``: the longest a
    job was seen running after its lease had run out."""

    database: Database
    recoveries: list[float] = field(default_factory=list)
    longest_overdue: float = 0.0
    most_attempts: int = 0
    _kills: list[_Kill] = field(default_factory=list)

    async def kill_happened(self) -> None:
        """Remember what ran; call it right after a kill."""
        running = {row.id for row in await self._rows() if row.state == "running"}
        self._kills.append(_Kill(time.time(), running))

    async def look(self) -> int:
        """Take note of what has changed; returns how many jobs are open."""
        rows, now = await self._rows(), time.time()
        running = [row for row in rows if row.state == "running"]
        self.longest_overdue = max(
            [self.longest_overdue, *(now - row.lease_until for row in running if row.lease_until)]
        )
        self.most_attempts = max([self.most_attempts, *(row.attempts for row in rows)])
        open_ids = {row.id for row in rows}
        for kill in self._kills:
            kill.waiting &= open_ids
        self.recoveries += [now - kill.at for kill in self._kills if not kill.waiting]
        self._kills = [kill for kill in self._kills if kill.waiting]
        return len(rows)

    async def until_nothing_is_open(self, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while await self.look():  # noqa: ASYNC110  the table is in another process
                await asyncio.sleep(_LOOK_SECONDS)

    async def _rows(self) -> list[Any]:
        columns = (jobs.c.id, jobs.c.state, jobs.c.lease_until, jobs.c.attempts)
        wanted = select(*columns).where(jobs.c.state.in_(OPEN), jobs.c.kind.in_(_AWAITED), ~jobs.c.called_off)
        async with self.database.read() as connection:
            return list(await connection.execute(wanted))
