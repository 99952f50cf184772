"""Changes of access and moves that an index has yet to be told of and that nobody works on."""

from sqlalchemy import ColumnElement, exists, select

from ragstone_ingestion.jobs import OPEN, Clock, JobKind, NewJob, add_job
from ragstone_ingestion.reconciling.tally import Tally
from ragstone_ingestion.tables import documents, jobs, stale_access
from ragstone_kit.database import Database


async def resume_sharing(database: Database, clock: Clock, tally: Tally, tenant: str | None) -> None:
    """Queue the job again of every document that waits for one that was lost."""
    tally.look_at(stale_access.name)
    here = (documents.c.collection_id == stale_access.c.collection_id).label("here")
    joined = stale_access.join(documents, documents.c.id == stale_access.c.document_id)
    waiting = select(documents.c.tenant, stale_access.c.collection_id, documents.c.id, here).select_from(joined)
    if tenant is not None:
        waiting = waiting.where(documents.c.tenant == tenant)
    async with database.write() as connection:
        for row in (await connection.execute(waiting.where(~_is_worked_on()))).all():
            tally.found(stale_access.name)
            if not tally.dry_run:
                kind = JobKind.SHARE if row.here else JobKind.LEAVE
                await add_job(connection, NewJob(kind, row.tenant, row.collection_id, row.id), clock())
                tally.repaired(stale_access.name)


def _is_worked_on() -> ColumnElement[bool]:
    """A document deleted meanwhile, or a collection, has its removal to wait for."""
    its = (jobs.c.document_id == stale_access.c.document_id) | jobs.c.document_id.is_(None)
    about = its & ((jobs.c.collection_id == stale_access.c.collection_id) | (jobs.c.kind == JobKind.DELETE))
    kinds = jobs.c.kind.in_([JobKind.SHARE, JobKind.LEAVE, JobKind.DELETE, JobKind.DROP])
    return exists().where(about, kinds, jobs.c.state.in_(OPEN), ~jobs.c.called_off)
