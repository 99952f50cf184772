"""Bounded queues: how many jobs may be open for one tenant and for all, before uploads are asked to come later."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.jobs import Priority
from ragstone_ingestion.errors import QueueFull, QueuesFull
from ragstone_ingestion.jobs.model import OPEN, Clock
from ragstone_ingestion.jobs.overview import JobOverview
from ragstone_ingestion.tables import jobs

_FRESH_SECONDS = 1.0
_SHORTEST_WAIT, _LONGEST_WAIT = 1.0, 600.0
_ROOM = 0.05
"""The part of a full queue that should have gone before the next upload comes."""


@dataclass(frozen=True)
class QueueLimits:
    """Open jobs of one tenant and of all; a tenant with ``hurry`` open jobs has no more interactive ones."""

    per_tenant: int = 20_000
    total: int = 100_000
    hurry: int = 32


@dataclass
class _Count:
    at: float
    jobs: int


class Backlog:
    """Counts each queue once a second at most and adds what it admits in between.

    What other processes admit in that second is not known: the bounds may be passed by as much.
    """

    def __init__(self, overview: JobOverview, limits: QueueLimits, clock: Clock) -> None:
        self._overview = overview
        self._limits = limits
        self._clock = clock
        self._counts: dict[str | None, _Count] = {}

    async def admit(self, connection: AsyncConnection, tenant: str) -> Priority:
        """Take one more job of the tenant in; returns the priority it has. Raises QueueFull or QueuesFull."""
        own, everyones = await self._room(connection, tenant)
        own.jobs += 1
        everyones.jobs += 1
        return Priority.INTERACTIVE if own.jobs <= self._limits.hurry else Priority.BATCH

    async def foresee(self, connection: AsyncConnection, tenant: str) -> Priority:
        """The priority that one more job of the tenant would have now. Raises QueueFull or QueuesFull."""
        own, _ = await self._room(connection, tenant)
        return Priority.INTERACTIVE if own.jobs < self._limits.hurry else Priority.BATCH

    async def _room(self, connection: AsyncConnection, tenant: str) -> tuple[_Count, _Count]:
        """The open jobs of the tenant and of all. Raises QueueFull or QueuesFull."""
        own = await self._count(connection, tenant, jobs.c.tenant == tenant)
        everyones = await self._count(connection, None)
        if own.jobs >= self._limits.per_tenant:
            detail = f"{own.jobs} documents of this tenant wait already"
            raise QueueFull(detail, retry_after=await self._wait(self._limits.per_tenant))
        if everyones.jobs >= self._limits.total:
            raise QueuesFull(retry_after=await self._wait(self._limits.total))
        return own, everyones

    async def _count(self, connection: AsyncConnection, whose: str | None, *of: Any) -> _Count:
        """A recent count; a tenant without a backlog is counted anew, for that costs nothing and its jobs end soon."""
        now, known = self._clock(), self._counts.get(whose)
        if known is None or known.jobs <= self._limits.hurry or not 0 <= now - known.at < _FRESH_SECONDS:
            wanted = select(func.count()).where(jobs.c.state.in_(OPEN), *of)
            known = _Count(now, await connection.scalar(wanted) or 0)
            self._forget_old(now)
            self._counts[whose] = known
        return known

    def _forget_old(self, now: float) -> None:
        if len(self._counts) > 1000:
            self._counts = {whose: one for whose, one in self._counts.items() if now - one.at < _FRESH_SECONDS}

    async def _wait(self, limit: int) -> float:
        """Seconds until the workers have made some room."""
        pace = await self._overview.pace()
        seconds = 60.0 if pace is None else limit * _ROOM / pace.jobs_per_second
        return min(max(seconds, _SHORTEST_WAIT), _LONGEST_WAIT)
