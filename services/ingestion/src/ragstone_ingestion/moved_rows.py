"""What a move writes to the tables, in the transaction that lets the document answer in its new collection."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.access import access_in, clear_stale, mark_stale, queue_share
from ragstone_ingestion.errors import FilenameTaken, LeaseLost, NotReady
from ragstone_ingestion.history.moments import Loss, note_moment
from ragstone_ingestion.jobs import OPEN, JobKind, Lease, NewJob, add_job
from ragstone_ingestion.tables import collections, documents, jobs, lock, versions


async def is_taken(connection: AsyncConnection, collection_id: str, filename: str) -> bool:
    """Whether the collection has a living document of the name."""
    named = (documents.c.collection_id == collection_id) & (documents.c.filename == filename)
    return await connection.scalar(select(documents.c.id).where(named, ~documents.c.deleted)) is not None


async def take_in(
    connection: AsyncConnection, lease: Lease, told: Mapping[str, Sequence[str]], *, now: float, leave_after: float
) -> None:
    """Bring the lease's document to the lease's collection, whose index was ``told`` who may see it.

    Raises LeaseLost when it is deleted, NotReady when another version has come to answer or is being made, or
    FilenameTaken.
    """
    this, target = documents.c.id == lease.document_id, lease.collection_id
    row = (await connection.execute(select(documents).where(this).with_for_update())).one_or_none()
    if row is None or row.deleted:
        raise LeaseLost("the document is gone")
    await lock(connection, f"{target}/{row.filename}")
    await _require_settled(connection, lease, row.active_version)
    if await is_taken(connection, target, row.filename):
        raise FilenameTaken(f"{row.filename!r} is taken there; rename one of the two")
    access = await access_in(connection, target, [lease.document_id])
    await connection.execute(update(documents).where(this).values(collection_id=target, acl=access[lease.document_id]))
    await _forget_past(connection, lease)
    await mark_stale(connection, row.collection_id, [lease.document_id])
    await clear_stale(connection, target, [lease.document_id])
    if told != access:
        await queue_share(connection, lease.tenant, (target, lease.document_id), now)
    leave = NewJob(JobKind.LEAVE, lease.tenant, row.collection_id, lease.document_id, lease.version, leave_after)
    await add_job(connection, leave, now)
    await note_moment(connection, row.collection_id, now, loss=Loss())


async def _require_settled(connection: AsyncConnection, lease: Lease, active_version: int | None) -> None:
    busy = select(jobs.c.id).where(jobs.c.document_id == lease.document_id, jobs.c.kind == JobKind.INGEST)
    busy = busy.where(jobs.c.state.in_(OPEN), ~jobs.c.called_off)
    if active_version != lease.version or await connection.scalar(busy.limit(1)) is not None:
        raise NotReady("another version of the document came meanwhile; move it again")


async def _forget_past(connection: AsyncConnection, lease: Lease) -> None:
    """When its versions were seen is counted by the old collection's sequences; the new one never saw any of them.

    To its rollbacks the document has come now.
    """
    its = versions.c.document_id == lease.document_id
    era = select(collections.c.era).where(collections.c.id == lease.collection_id).scalar_subquery()
    await connection.execute(update(versions).where(its).values(born=None, died=None, era=era))
    ended = (jobs.c.document_id == lease.document_id) & (jobs.c.kind == JobKind.INGEST)
    await connection.execute(update(jobs).where(ended).values(collection_id=lease.collection_id))
