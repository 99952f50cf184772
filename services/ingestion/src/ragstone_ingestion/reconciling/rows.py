"""Rows that belong to nothing, and removals that nobody works on."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, exists, false, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.history.lives import VERSIONS, kept
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, NewJob, add_job
from ragstone_ingestion.reconciling.tally import Tally
from ragstone_ingestion.references import reference
from ragstone_ingestion.tables import PLATFORM, collections, documents, jobs, metadata, vectors, versions
from ragstone_kit.database import Database


class Rows:
    def __init__(self, database: Database, clock: Clock, tally: Tally) -> None:
        self._database = database
        self._clock = clock
        self._tally = tally

    async def remove_orphans(self) -> None:
        """Remove rows of documents and collections that are gone, children before parents."""
        for table in reversed(metadata.sorted_tables):
            await self._remove(table, _lost(table))

    async def remove_stale_vectors(self) -> None:
        """Remove vectors that only versions before the active one used and that nobody is about to remove."""
        replaced = exists().where(
            documents.c.id == vectors.c.document_id, documents.c.active_version > vectors.c.version
        )
        # Those of a kept version are among those that it and any version after it used.
        of_kept = (
            select(versions.c.version).select_from(VERSIONS).where(versions.c.document_id == vectors.c.document_id)
        )
        kept_before = of_kept.where(versions.c.version <= vectors.c.version, kept()).correlate(vectors).exists()
        await self._remove(vectors, replaced & ~kept_before & ~_has_open_job(vectors.c.document_id))

    async def resume_removals(self, tenant: str | None) -> None:
        """Queue the removal of hidden documents and collections whose job was lost."""
        self._tally.look_at(jobs.name)
        hidden = select(documents.c.tenant, documents.c.collection_id, documents.c.id).select_from(
            documents.join(collections, collections.c.id == documents.c.collection_id)
        )
        alone = ~_has_open_job(documents.c.id, JobKind.DELETE)
        of_kept = select(versions.c.version).where(versions.c.document_id == documents.c.id, kept())
        alone &= ~of_kept.correlate(documents).exists()
        hidden = hidden.where(documents.c.deleted, ~collections.c.deleted, alone)
        dropped = select(collections.c.tenant, collections.c.id).where(
            collections.c.deleted, collections.c.id != PLATFORM, ~_is_being_dropped()
        )
        if tenant is not None:
            hidden, dropped = hidden.where(documents.c.tenant == tenant), dropped.where(collections.c.tenant == tenant)
        async with self._database.write() as connection:
            new = [NewJob(JobKind.DELETE, *row) for row in await connection.execute(hidden)]
            new += [NewJob(JobKind.DROP, *row) for row in await connection.execute(dropped)]
            await self._queue(connection, new)

    async def _queue(self, connection: AsyncConnection, new: list[NewJob]) -> None:
        self._tally.found(jobs.name, len(new))
        if not self._tally.dry_run:
            for one in new:
                await add_job(connection, one, self._clock())
            self._tally.repaired(jobs.name, len(new))

    async def _remove(self, table: Table, condition: ColumnElement[bool]) -> None:
        """In one statement: rows and what they belong to are added together, so none is caught halfway."""
        self._tally.look_at(table.name)
        if self._tally.dry_run:
            async with self._database.read() as connection:
                count = await connection.scalar(select(func.count()).select_from(table).where(condition))
            self._tally.found(table.name, count or 0)
            return
        async with self._database.write() as connection:
            count = (await connection.execute(delete(table).where(condition))).rowcount
        self._tally.found(table.name, count)
        self._tally.removed(table.name, count)


def _lost(table: Table) -> ColumnElement[bool]:
    """True for rows whose document or collection is gone."""
    lost: ColumnElement[bool] = false()
    if (column := reference(table, documents)) is not None:
        living = exists().where(documents.c.id == column, _has_collection())
        lost |= column.is_not(None) & (column != "") & ~living  # a turn may be about no document
    if (column := reference(table, collections)) is not None:
        lost |= ~exists().where(collections.c.id == column)
    return lost


def _has_collection() -> ColumnElement[bool]:
    return documents.c.collection_id.in_(select(collections.c.id))


def _has_open_job(document_id: "Column[Any]", *kinds: JobKind) -> ColumnElement[bool]:
    found = exists().where(jobs.c.document_id == document_id, jobs.c.state.in_(OPEN), ~jobs.c.called_off)
    return found.where(jobs.c.kind.in_(kinds)) if kinds else found


def _is_being_dropped() -> ColumnElement[bool]:
    of_it = (jobs.c.collection_id == collections.c.id) & (jobs.c.kind == JobKind.DROP)
    return exists().where(of_it, jobs.c.state.in_(OPEN), ~jobs.c.called_off)
