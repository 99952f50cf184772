"""Leases of many small jobs at once: a few statements for all, where one by one each would need as many."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.jobs import JobKind, Priority
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs.model import JobState, Lease
from ragstone_ingestion.tables import jobs

_MOST = 50
_SMALL = 64 * 1024

_UPDATE = update(jobs).where(jobs.c.id == bindparam("its_id"))


def _is_one_of_many(row: Row[Any]) -> bool:
    """Whether a queued job may be worked on with others: it is for a small first upload of a batch.

    A job that was tried before is worked on alone, so that what is wrong with it is only its own.
    """
    new = row.kind == JobKind.INGEST and row.version == 1 and not row.history
    return bool(new and row.priority == Priority.BATCH and 0 < row.size <= _SMALL)


async def companions(connection: AsyncConnection, first: Row[Any], due: ColumnElement[bool]) -> list[Row[Any]]:
    """The queued jobs to lease together with the first, which is one of them, all of one collection."""
    if not _is_one_of_many(first):
        return [first]
    alike = [getattr(jobs.c, name) == getattr(first, name) for name in ("priority", "collection_id", "kind", "version")]
    wanted = select(jobs).where(due, *alike, jobs.c.attempts == 0, jobs.c.size <= _SMALL, jobs.c.turn >= first.turn)
    in_turn = wanted.order_by(jobs.c.turn, jobs.c.not_before).limit(_MOST).with_for_update(skip_locked=True)
    return [row for row in await connection.execute(in_turn) if _is_one_of_many(row)]


async def update_each(connection: AsyncConnection, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Set values of many jobs; every one must be given the same fields."""
    listed = [{"its_id": job_id, **{f"new_{name}": value for name, value in values.items()}} for job_id, values in rows]
    fields = [name.removeprefix("new_") for name in listed[0] if name != "its_id"]
    await connection.execute(_UPDATE.values({name: bindparam(f"new_{name}") for name in fields}), listed)


async def require_held(connection: AsyncConnection, leases: Sequence[Lease]) -> None:
    """Locks the jobs of leases. Raises LeaseLost unless all of them are held in their epochs."""
    ids = [lease.job_id for lease in leases]
    held = select(jobs.c.id, jobs.c.epoch).where(
        jobs.c.id.in_(ids), jobs.c.state == JobState.RUNNING, ~jobs.c.called_off
    )
    found = {(row.id, row.epoch) for row in await connection.execute(held.with_for_update())}
    if lost := [lease.job_id for lease in leases if (lease.job_id, lease.epoch) not in found]:
        raise LeaseLost(f"of {len(leases)} jobs {len(lost)} are no longer held, among them {lost[0]}")
