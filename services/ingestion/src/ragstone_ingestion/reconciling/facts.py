"""What the tables say about documents, as far as it decides what the index may hold of them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.history.lives import kept_versions
from ragstone_ingestion.jobs import OPEN, JobKind
from ragstone_ingestion.tables import documents, jobs, lock


@dataclass(frozen=True)
class Facts:
    """A document, the jobs that are at work on it or will be, as (kind, version), and the versions a snapshot sees."""

    row: Row[Any]
    at_work: set[tuple[str, int | None]] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)

    def may_hold(self, version: int) -> bool:
        """Whether chunks of the version have a reason to be in the index: they answer, or somebody is about them."""
        kinds = {kind for kind, _ in self.at_work}
        removing = {JobKind.PRUNE, JobKind.DELETE, JobKind.MOVE, JobKind.LEAVE}
        removed_by_a_job = self.row.deleted or not kinds.isdisjoint(removing)
        made_by_a_job = (JobKind.INGEST, version) in self.at_work
        return version == self.row.active_version or version in self.kept or removed_by_a_job or made_by_a_job

    @property
    def settled(self) -> bool:
        """Whether what answers is to stay as it is: it is not hidden, and nobody works on it."""
        return not self.row.deleted and self.row.active_version is not None and not self.at_work


async def facts_of(
    connection: AsyncConnection, collection_id: str, document_ids: Collection[str], *, hold: bool = False
) -> dict[str, Facts]:
    """The documents there are of these in the collection, or on their way to or from it.

    ``hold`` keeps their jobs from changing meanwhile.
    """
    moves = jobs.c.kind.in_([JobKind.MOVE, JobKind.LEAVE]) & jobs.c.state.in_(OPEN) & ~jobs.c.called_off
    moving = select(jobs.c.document_id).where(moves, jobs.c.collection_id == collection_id)
    here = (documents.c.collection_id == collection_id) | documents.c.id.in_(moving)
    these = documents.c.id.in_(document_ids) & here
    work = select(jobs.c.document_id, jobs.c.kind, jobs.c.version, jobs.c.state, jobs.c.called_off)
    work = work.where(jobs.c.document_id.in_(document_ids))
    if hold:
        work = work.with_for_update()
    open_jobs = [row for row in await connection.execute(work) if row.state in OPEN and not row.called_off]
    rows = (await connection.execute(select(documents).where(these))).all()
    kept = await kept_versions(connection, [row.id for row in rows])
    found = {row.id: Facts(row, kept=kept.get(row.id, set())) for row in rows}
    for job in open_jobs:
        if job.document_id in found:
            found[job.document_id].at_work.add((job.kind, job.version))
    return found


async def held_facts(connection: AsyncConnection, collection_id: str, document_id: str) -> Facts | None:
    """A document, kept as it is until the transaction ends: uploads, deletions and workers wait. None if it is gone."""
    name = select(documents.c.filename).where(documents.c.id == document_id)
    filename = await connection.scalar(name)
    if filename is None:
        return None
    await lock(connection, f"{collection_id}/{filename}")
    return (await facts_of(connection, collection_id, [document_id], hold=True)).get(document_id)
