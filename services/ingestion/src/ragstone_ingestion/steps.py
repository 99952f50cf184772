"""The steps of an ingestion: which one runs, how far it is, how long each took, and what was decided in it."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import Update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.jobs import JobStore, Lease
from ragstone_ingestion.stage_slots import StageSlots
from ragstone_kit.tracing import span

_SHARES = {"parse": 0.30, "chunk": 0.05, "embed": 0.55, "index": 0.07, "activate": 0.03}
"""The part of the whole that each step is shown as, in their order."""


class Steps:
    """Keeps account of one leased job in its journal, which goes to the table with the next write or heartbeat.

    ``slots`` bound how many documents are in a stage at a time.
    """

    def __init__(self, jobs: JobStore, lease: Lease, slots: StageSlots | None = None) -> None:
        self.lease = lease
        self._jobs = jobs
        self._slots = slots
        self._before = 0.0
        self._started = 0.0

    @asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """A step of the work, timed. Raises LeaseLost when the lease may have run out."""
        if self._slots is not None:
            await self._slots.give_way(self.lease.priority)
        self.lease.require_safe()
        names, journal = list(_SHARES), self.lease.journal
        self._before = sum(_SHARES[earlier] for earlier in names[: names.index(name)])
        journal.step, journal.progress = name, self._before
        self._started = time.perf_counter()
        with span(f"ingestion {name}"):
            yield
        self._take_time()

    def slot(self, stage: str) -> AbstractAsyncContextManager[None]:
        """A place in a stage that only so many documents may be in at once; the more urgent ones go first."""
        return nullcontext() if self._slots is None else self._slots.slot(stage, self.lease.priority)

    def note(self, decision: str, **facts: Any) -> None:
        """Keep what was decided, and by which facts, for whoever asks why; ``facts`` must be fit for JSON."""
        self.lease.journal.note(self._jobs.now(), self.lease.journal.step or "", decision, facts)

    def later(self, statement: Update) -> None:
        """Execute an update together with the next write to the job: one transaction fewer."""
        self.lease.journal.statements.append(statement)

    def progress(self, fraction: float) -> None:
        """How much of the present step is done, from 0 to 1."""
        journal = self.lease.journal
        journal.progress = self._before + fraction * _SHARES[journal.step or ""]

    async def advance(self, connection: AsyncConnection, fraction: float) -> None:
        """Say how much of the present step is done in a transaction that is needed anyway."""
        self.progress(fraction)
        await self.write(connection, {})

    async def write(self, connection: AsyncConnection, values: dict[str, Any]) -> None:
        """Write to the job in a transaction of the caller's. Write to it last: job rows are locked after all others."""
        await self._jobs.write(connection, self.lease, values)

    async def require_held(self) -> None:
        """Raises LeaseLost when the job is somebody else's; to be asked before a write to the index."""
        await self._jobs.require_held(self.lease)

    async def done(self, connection: AsyncConnection) -> None:
        self._take_time()
        await self._jobs.done(connection, self.lease)

    def _take_time(self) -> None:
        journal = self.lease.journal
        if journal.step is not None:
            journal.timings[journal.step] = round(time.perf_counter() - self._started, 4)


@asynccontextmanager
async def step_together(leases: Sequence[Lease], name: str) -> AsyncIterator[Callable[[], None]]:
    """A step that many leased jobs are in at once: each was in it for the whole of its time. Raises LeaseLost.

    What it gives takes the time when called; it is taken at the end in any case.
    """
    names, started = list(_SHARES), time.perf_counter()
    for lease in leases:
        lease.require_safe()
        lease.journal.step = name
        lease.journal.progress = sum(_SHARES[earlier] for earlier in names[: names.index(name)])

    def take_time() -> None:
        for lease in leases:
            lease.journal.timings[name] = round(time.perf_counter() - started, 4)

    with span(f"ingestion {name}"):
        yield take_time
    take_time()
