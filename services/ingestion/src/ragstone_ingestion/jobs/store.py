"""Handing out leases and taking results."""

import random
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.jobs import JobKind, Priority
from ragstone_ingestion.errors import DocumentRejected, LeaseLost
from ragstone_ingestion.jobs.history import closed, opened
from ragstone_ingestion.jobs.model import OPEN, Clock, JobRules, JobState, Journal, Lease, boot_time
from ragstone_ingestion.jobs.recovery import Recovered, recover
from ragstone_ingestion.jobs.together import companions, require_held, update_each
from ragstone_ingestion.tables import jobs
from ragstone_kit.database import Database

_LONGEST_WAIT = 300.0
_LONGEST_ASKED_WAIT = 3600.0
_RECOVERED = 50
_SAFE = 0.8
"""The part of a lease in which its holder may write to what cannot check the epoch."""


class JobStore:
    """Hands out leases and takes results. What a lease writes is refused with LeaseLost once it is not the newest."""

    def __init__(self, database: Database, rules: JobRules, clock: Clock = time.time) -> None:
        self._database = database
        self._rules = rules
        self._clock = clock

    async def lease(self, owner: str, job_id: str | None = None, priority: Priority | None = None) -> Lease | None:
        """Take the job whose turn it is, of one priority or of any, or the named one if it is due; None without one."""
        async with self._database.write() as connection:
            row = await self._first(connection, job_id, priority)
            if row is None and await recover(connection, self._rules, self._clock(), _RECOVERED) != Recovered():
                row = await self._first(connection, job_id, priority)
            return None if row is None else await self._take(connection, row, owner)

    def now(self) -> float:
        return self._clock()

    async def lease_together(self, owner: str, priority: Priority | None = None) -> list[Lease]:
        """Take the job whose turn it is, and with it those that are best worked on as one with it; none is due: []."""
        async with self._database.write() as connection:
            row = await self._first(connection, None, priority)
            if row is None and await recover(connection, self._rules, self._clock(), _RECOVERED) != Recovered():
                row = await self._first(connection, None, priority)
            if row is None:
                return []
            safe_until = self._safe_until()
            taken = [self._taken(one, owner, safe_until) for one in await companions(connection, row, self._due())]
            await update_each(connection, [(lease.job_id, values) for lease, values in taken])
            return [lease for lease, _ in taken]

    async def recover(self) -> Recovered:
        """Queue what became due and what silent workers held."""
        async with self._database.write() as connection:
            return await recover(connection, self._rules, self._clock(), _RECOVERED)

    async def _first(
        self, connection: AsyncConnection, job_id: str | None, priority: Priority | None
    ) -> Row[Any] | None:
        due = select(jobs).where(self._due())
        if priority is not None:
            due = due.where(jobs.c.priority == priority)
        if job_id is not None:
            due = due.where(jobs.c.id == job_id)
        in_turn = due.order_by(jobs.c.priority, jobs.c.turn, jobs.c.not_before)
        return (await connection.execute(in_turn.limit(1).with_for_update(skip_locked=True))).one_or_none()

    def _due(self) -> ColumnElement[bool]:
        return and_(jobs.c.state == JobState.QUEUED, jobs.c.not_before <= self._clock())

    async def _take(self, connection: AsyncConnection, row: Row[Any], owner: str) -> Lease:
        lease, taken = self._taken(row, owner, self._safe_until())
        await connection.execute(update(jobs).where(jobs.c.id == row.id).values(taken))
        return lease

    def _taken(self, row: Row[Any], owner: str, safe_until: float) -> tuple[Lease, dict[str, Any]]:
        """The lease of a queued job, and what its row says from then on."""
        now = self._clock()
        history = opened(row.history, row.attempts + 1, owner, now)
        journal = Journal(notes=list(row.notes), safe_until=safe_until)
        taken = {
            "state": JobState.RUNNING,
            "attempts": row.attempts + 1,
            "lease_owner": owner,
            "lease_until": now + self._rules.lease_seconds,
            "epoch": row.epoch + 1,
            "history": history,
            "updated_at": now,
        }
        lease = Lease(
            row.id,
            row.epoch + 1,
            JobKind(row.kind),
            row.tenant,
            row.collection_id,
            row.document_id or "",
            row.version or 0,
            row.attempts + 1,
            Priority(row.priority),
            row.trace,
            tuple(history),
            journal,
        )
        return lease, journal.values() | taken

    def _safe_until(self) -> float:
        """To be asked before a heartbeat is sent: it must not count what the heartbeat itself takes."""
        return boot_time() + self._rules.lease_seconds * _SAFE

    async def next_due(self) -> float | None:
        """Seconds until the next job may be leased; None when nothing is queued or running."""
        waiting = jobs.c.state.in_([JobState.QUEUED, JobState.DELAYED])
        held = and_(jobs.c.state == JobState.RUNNING, ~jobs.c.called_off)
        async with self._database.read() as connection:
            begins = await connection.scalar(select(func.min(jobs.c.not_before)).where(waiting))
            lapses = await connection.scalar(select(func.min(jobs.c.lease_until)).where(held))
        times = [at for at in (begins, lapses) if at is not None]
        return max(0.0, min(times) - self._clock()) if times else None

    async def is_open(self, job_id: str) -> bool:
        """True while the job has yet to end."""
        wanted = select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.state.in_(OPEN))
        async with self._database.read() as connection:
            return await connection.scalar(wanted) is not None

    async def end_all_leases(self) -> None:
        """Make abandoned work due at once; for a worker that knows itself to be the only one and has just begun."""
        async with self._database.write() as connection:
            await connection.execute(update(jobs).where(jobs.c.state == JobState.RUNNING).values(lease_until=0.0))

    async def heartbeat(self, *leases: Lease) -> None:
        """Say that the worker is alive, and where its work stands. Raises LeaseLost if one of them is lost."""
        async with self._database.write() as connection:
            for lease in leases:
                await self.write(connection, lease, {})

    async def write(self, connection: AsyncConnection, lease: Lease, values: dict[str, Any]) -> None:
        """Write to the job in a transaction of the caller's, which LeaseLost is there to roll back.

        Whatever the lease's journal holds is written with it.
        """
        journal, now, safe_until = lease.journal, self._clock(), self._safe_until()
        statements, journal.statements = journal.statements, []
        for statement in statements:
            await connection.execute(statement)
        beat = {"lease_until": now + self._rules.lease_seconds, "updated_at": now}
        written = update(jobs).where(_held(lease)).values(beat | journal.values() | values)
        if (await connection.execute(written)).rowcount != 1:
            raise _lost(lease)
        journal.safe_until = safe_until

    async def require_held(self, lease: Lease) -> None:
        """To be asked before a write to a store that cannot check the epoch. Raises LeaseLost."""
        wanted = select(jobs.c.id).where(_held(lease))
        async with self._database.read() as connection:
            if await connection.scalar(wanted) is None:
                raise _lost(lease)

    async def done(self, connection: AsyncConnection, lease: Lease) -> None:
        """The work is complete, in the very transaction that completes it."""
        await self.write(connection, lease, _finished(lease, self._clock()))

    async def done_together(self, connection: AsyncConnection, leases: Sequence[Lease]) -> None:
        """As :meth:`done`, of all of them or, raising LeaseLost, of none."""
        await require_held(connection, leases)
        now = self._clock()
        rows = ((lease.job_id, lease.journal.values() | _finished(lease, now)) for lease in leases)
        await update_each(connection, rows)

    async def fail(self, lease: Lease, error: Exception) -> JobState:
        """End an attempt: rejected for good, queued again after a wait, or failed when no attempt is left."""
        now, code, detail = self._clock(), error_code(error), _detail(error)
        history = closed(lease.history, now, lease.journal.step, code, detail)
        values: dict[str, Any] = {"error_code": code, "error_detail": detail, "history": history}
        if isinstance(error, DocumentRejected):
            values |= {"state": JobState.REJECTED, "ended_at": now}
        elif self._rules.may_try_again(lease.kind, lease.attempts):
            wait = max(self._wait(lease.attempts), _asked_wait(error))
            values |= {"state": JobState.DELAYED, "turn": None, "not_before": now + wait}
        else:
            values |= {"state": JobState.FAILED, "ended_at": now}
        async with self._database.write() as connection:
            await self.write(connection, lease, values)
        return JobState(values["state"])

    def _wait(self, attempts: int) -> float:
        """Twice as long each time, and never the same for two jobs: they must not all come back at once."""
        longest: float = min(self._rules.backoff_seconds * 2 ** min(attempts - 1, 30), _LONGEST_WAIT)
        return longest * random.uniform(0.75, 1.0)

    async def hand_back(self, lease: Lease, why: str = "the worker was told to stop") -> None:
        """Stop without a result and without blame: the job is due at once, this attempt does not count."""
        history = closed(lease.history, self._clock(), lease.journal.step, "handed_back", why)
        returned = {"state": JobState.QUEUED, "step": None, "attempts": lease.attempts - 1, "history": history}
        async with self._database.write() as connection:
            await self.write(connection, lease, returned)

    async def pause(self, lease: Lease, seconds: float) -> None:
        """Stop for now, with something done: due again after ``seconds``, at once in its old turn."""
        now = self._clock()
        history = closed(lease.history, now, lease.journal.step, "paused", None)
        later = {"state": JobState.DELAYED, "turn": None} if seconds > 0 else {"state": JobState.QUEUED}
        values = {"attempts": 0, "not_before": now + seconds, "history": history}
        async with self._database.write() as connection:
            await self.write(connection, lease, values | later)

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


def _finished(lease: Lease, now: float) -> dict[str, Any]:
    return {
        "state": JobState.DONE,
        "step": None,
        "progress": 1.0,
        "error_code": None,
        "error_detail": None,
        "history": closed(lease.history, now, None, None, None),
        "ended_at": now,
        "updated_at": now,
    }


def _held(lease: Lease) -> ColumnElement[bool]:
    mine = and_(jobs.c.id == lease.job_id, jobs.c.epoch == lease.epoch)
    return and_(mine, jobs.c.state == JobState.RUNNING, ~jobs.c.called_off)


def _lost(lease: Lease) -> LeaseLost:
    return LeaseLost(f"job {lease.job_id} is no longer held in epoch {lease.epoch}")


def error_code(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timed_out"
    return error.code if isinstance(error, RagstoneError) else "internal"


def _asked_wait(error: Exception) -> float:
    """Seconds to wait that whoever was asked, a service or a vendor, wants before the next attempt."""
    asked = error.retry_after if isinstance(error, RagstoneError) else None
    return min(asked or 0.0, _LONGEST_ASKED_WAIT)


def _detail(error: Exception) -> str:
    """What a user may read: our own errors' words, and only the kind of any other."""
    return error.detail if isinstance(error, RagstoneError) else f"an unexpected {type(error).__name__}; see the log"
