"""The steps of an ingestion: which one runs, how far it is, how long each took."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.jobs import JobStore, Lease
from ragstone_kit.tracing import span

_SHARES = {"parse": 0.30, "chunk": 0.05, "embed": 0.55, "index": 0.07, "activate": 0.03}
"""The part of the whole that each step is shown as, in their order."""


class Steps:
    """Reports the steps of one leased job; every report is also a heartbeat and raises LeaseLost without the lease."""

    def __init__(self, jobs: JobStore, lease: Lease) -> None:
        self.lease = lease
        self._jobs = jobs
        self._timings: dict[str, float] = {}
        self._step = ""
        self._before = 0.0
        self._started = 0.0

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """A step of the work, timed."""
        names = list(_SHARES)
        self._step, self._before = name, sum(_SHARES[earlier] for earlier in names[: names.index(name)])
        await self._jobs.report(self.lease, name, self._before, self._timings)
        self._started = time.perf_counter()
        with span(f"ingestion {name}"):
            yield
        self._timings = self.timings()

    def timings(self) -> dict[str, float]:
        """Seconds by step, the running one up to now."""
        return self._timings | {self._step: round(time.perf_counter() - self._started, 4)}

    async def advance(self, connection: AsyncConnection, fraction: float) -> None:
        """How much of the present step is done, from 0 to 1."""
        await self.write(connection, {"progress": self._before + fraction * _SHARES[self._step]})

    async def write(self, connection: AsyncConnection, values: dict[str, Any]) -> None:
        """Write to the job in a transaction of the caller's. Write to it last: job rows are locked after all others."""
        await self._jobs.write(connection, self.lease, values)

    async def done(self, connection: AsyncConnection) -> None:
        await self._jobs.done(connection, self.lease, self.timings())
