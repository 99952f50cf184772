"""Jobs, as far as a caller may see the documents they are about."""

import base64
import json
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from ragstone_contracts.documents import DocumentError
from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.jobs import Attempt, Job, JobFilter, JobKind, JobList, Priority
from ragstone_contracts.jobs import JobState as WireState
from ragstone_ingestion.forecast import Forecast
from ragstone_ingestion.jobs import Clock, JobState
from ragstone_ingestion.tables import collections, documents, jobs
from ragstone_ingestion.visibility import visible
from ragstone_kit.database import Database

_STATES: dict[str, list[JobState]] = {
    WireState.QUEUED: [JobState.QUEUED, JobState.DELAYED],
    **{state.value: [JobState(state.value)] for state in WireState if state != WireState.QUEUED},
}


class JobListing:
    """A job of a document the caller may not see is answered exactly as an unknown id: NotFound."""

    def __init__(self, database: Database, forecast: Forecast, clock: Clock) -> None:
        self._database = database
        self._forecast = forecast
        self._clock = clock

    async def get(self, identity: Identity, job_id: str) -> Job:
        """The job, with what is ahead of it and when it should end. Raises NotFound."""
        async with self._database.read() as connection:
            row = (await connection.execute(self.seen_by(identity).where(jobs.c.id == job_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no job {job_id!r}")
        outlook = await self._forecast.of(row)
        return self._job(row).model_copy(update={"ahead": outlook.ahead, "eta_seconds": outlook.seconds})

    async def list(self, identity: Identity, wanted: JobFilter, limit: int, cursor: str | None) -> JobList:
        """The newest jobs that meet the filter. Raises InvalidRequest for a cursor that was not given out here."""
        query = self.seen_by(identity).where(*filtered(wanted))
        if cursor is not None:
            created_at, job_id = _opened(cursor)
            older = and_(jobs.c.created_at == created_at, jobs.c.id < job_id)
            query = query.where(or_(jobs.c.created_at < created_at, older))
        query = query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit + 1)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        more = len(rows) > limit
        found = [self._job(row) for row in rows[:limit]]
        return JobList(jobs=found, next_cursor=_sealed(rows[limit - 1]) if more else None)

    def seen_by(self, identity: Identity) -> Select[Any]:
        """Jobs of living documents and collections the caller may see, each with the names it is shown by."""
        is_sqlite = self._database.is_sqlite
        of_whole = jobs.c.document_id.is_(None) & (jobs.c.kind == JobKind.REINDEX)
        joined = jobs.outerjoin(documents, documents.c.id == jobs.c.document_id).join(
            collections, collections.c.id == func.coalesce(documents.c.collection_id, jobs.c.collection_id)
        )
        columns = [collections.c.name.label("collection"), documents.c.filename]
        return (
            select(jobs, *columns)
            .select_from(joined)
            .where(
                jobs.c.tenant == identity.tenant,
                jobs.c.state != JobState.CALLED_OFF,
                of_whole | visible(documents, identity, is_sqlite=is_sqlite),
                visible(collections, identity, is_sqlite=is_sqlite),
            )
        )

    def _job(self, row: Row[Any]) -> Job:
        now, waits = self._clock(), row.state in (JobState.QUEUED, JobState.DELAYED)
        abandoned = row.state == JobState.RUNNING and row.lease_until <= now
        return Job(
            job_id=row.id,
            kind=JobKind(row.kind),
            state=WireState.QUEUED if waits or abandoned else WireState(row.state),
            priority=Priority(row.priority),
            collection=row.collection,
            collection_id=row.collection_id,
            document_id=row.document_id or "",
            filename=row.filename or "",
            version=row.version,
            step=row.step,
            progress=row.progress,
            timings=row.timings,
            attempts=row.attempts,
            history=[Attempt.model_validate(entry) for entry in row.history],
            error=None if row.error_code is None else DocumentError(code=row.error_code, detail=row.error_detail),
            due_at=row.not_before if waits and row.not_before > now else None,
            created_at=row.created_at,
            updated_at=row.updated_at,
            ended_at=row.ended_at,
        )


def filtered(wanted: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(jobs.c.state.in_(_STATES[wanted.state]))
    if wanted.kind is not None:
        conditions.append(jobs.c.kind == wanted.kind)
    if wanted.collection is not None:
        conditions.append(or_(collections.c.id == wanted.collection, collections.c.name == wanted.collection))
    return conditions


def _sealed(row: Row[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.created_at, row.id]).encode()).decode()


def _opened(cursor: str) -> tuple[float, str]:
    try:
        created_at, job_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if "\x00" in job_id:
            raise ValueError
        return float(created_at), str(job_id)
    except (ValueError, TypeError) as error:
        raise InvalidRequest("this cursor was not given out here") from error
