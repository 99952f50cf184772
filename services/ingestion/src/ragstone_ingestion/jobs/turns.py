"""Whose job is next: tenants take turns.

Every queued job has a number, its turn, and the lowest of the most urgent priority is leased next. A tenant's jobs have
even numbers two apart, whatever their count. A tenant that has nothing queued or running gets the odd number just below
the lowest, so it is next, and after it the tenants alternate. Both numbers are read from an index: no queue is scanned.
"""

import uuid
from typing import Any

from sqlalchemy import ScalarSelect, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.jobs import Priority
from ragstone_ingestion.jobs.model import JobState, NewJob
from ragstone_ingestion.tables import jobs, lock
from ragstone_kit.tracing import trace_headers


async def add_job(connection: AsyncConnection, new: NewJob, now: float) -> str:
    """Queue a job in the transaction that makes it necessary; returns its id."""
    job_id = str(uuid.uuid4())
    turn = None
    if new.delay <= 0:
        # Two jobs added at once would else be given the same turn, and their tenant two jobs in it.
        await lock(connection, f"turns/{new.tenant}")
        turn = await next_turn(connection, new.tenant, new.urgency)
    await connection.execute(
        insert(jobs).values(
            id=job_id,
            kind=new.kind,
            tenant=new.tenant,
            collection_id=new.collection_id,
            document_id=new.document_id,
            version=new.version,
            state=JobState.DELAYED if turn is None else JobState.QUEUED,
            priority=new.urgency,
            turn=turn,
            size=new.size,
            notes=list(new.notes),
            history=[],
            trace=trace_headers().get("traceparent"),
            not_before=now + new.delay,
            created_at=now,
            updated_at=now,
        )
    )
    return job_id


async def call_off(connection: AsyncConnection, *what: Any) -> None:
    """Stop the jobs that meet the conditions: queued ones never start, running ones lose their lease."""
    waiting = jobs.c.state.in_([JobState.QUEUED, JobState.DELAYED])
    state = case((waiting, JobState.CALLED_OFF), else_=jobs.c.state)
    await connection.execute(update(jobs).where(*what).values(called_off=True, state=state))


async def next_turn(connection: AsyncConnection, tenant: str, priority: Priority) -> int:
    """The turn of one more job of the tenant, after all it has queued."""
    own = [_last(state, priority, jobs.c.tenant == tenant) for state in (JobState.QUEUED, JobState.RUNNING)]
    front = [_first_queued(priority), _last(JobState.RUNNING, priority)]
    queued, running, first, served = (await connection.execute(select(*own, *front))).one()
    if first is None:
        first = (served or 0) // 2 * 2 + 2
    newcomer: int = int(first) - (first % 2 == 0)
    last: int = max(queued or 0, running or 0)
    return max(newcomer, last // 2 * 2 + 2) if last else newcomer


def _last(state: JobState, priority: Priority, *of: Any) -> ScalarSelect[Any]:
    here = (jobs.c.state == state, jobs.c.priority == priority, *of)
    return select(func.max(jobs.c.turn)).where(*here).scalar_subquery()


def _first_queued(priority: Priority) -> ScalarSelect[Any]:
    here = (jobs.c.state == JobState.QUEUED, jobs.c.priority == priority)
    return select(func.min(jobs.c.turn)).where(*here).scalar_subquery()
