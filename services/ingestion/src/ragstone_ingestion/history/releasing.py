"""Removing what only a snapshot or a rollback kept, once it keeps it no more."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.history.lives import kept_versions
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, Lease, NewJob, add_job
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import documents, jobs, vectors, versions

_PAGE = 200


async def queue_release(connection: AsyncConnection, collection: Row[Any], now: float, wait_seconds: float) -> None:
    """Plan it, in the transaction that lets go; queries that began before have ``wait_seconds`` to end."""
    new = NewJob(JobKind.RELEASE, collection.tenant, collection.id, delay=wait_seconds)
    await add_job(connection, new, now)


class Release:
    """Goes through the documents of a collection that ever had more than they have now."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def run(self, lease: Lease) -> None:
        """May be broken off and run again at any point. Raises LeaseLost."""
        async for page in self._pages(lease.collection_id):
            await self._stores.jobs.require_held(lease)
            await self._release(lease, page)
        async with self._stores.database.write() as connection:
            await self._stores.jobs.done(connection, lease)

    async def _pages(self, collection_id: str) -> AsyncIterator[Sequence[Row[Any]]]:
        ever = exists().where(versions.c.document_id == documents.c.id, versions.c.died.is_not(None))
        count = select(func.count()).where(versions.c.document_id == documents.c.id).scalar_subquery()
        wanted = select(documents, count.label("versions")).where(documents.c.collection_id == collection_id, ever)
        after = ""
        while True:
            async with self._stores.database.read() as connection:
                page = (
                    await connection.execute(wanted.where(documents.c.id > after).order_by(documents.c.id).limit(_PAGE))
                ).all()
            if not page:
                return
            yield page
            after = page[-1].id

    async def _release(self, lease: Lease, page: Sequence[Row[Any]]) -> None:
        async with self._stores.database.read() as connection:
            kept = await kept_versions(connection, [row.id for row in page])
        living = {row.id: row.active_version for row in page if not row.deleted and row.active_version is not None}
        for one in await self._stores.index.held(lease.collection_id, list(living)):
            if one.version < living[one.document_id] and one.version not in kept.get(one.document_id, set()):
                await self._stores.index.delete(lease.collection_id, one.document_id, one.version)
        async with self._stores.database.write() as connection:
            for document_id, active in living.items():
                oldest = min({active} | kept.get(document_id, set()))
                unused = (vectors.c.document_id == document_id) & (vectors.c.version < oldest)
                await connection.execute(delete(vectors).where(unused))
            for row in page:
                if row.deleted and len(kept.get(row.id, set())) < row.versions:
                    await self._queue_removal(connection, row)
            await self._stores.jobs.write(connection, lease, {})

    async def _queue_removal(self, connection: AsyncConnection, document: Row[Any]) -> None:
        """Have the removal of a hidden document done again: it removes what nothing keeps."""
        under_way = (jobs.c.document_id == document.id) & (jobs.c.kind == JobKind.DELETE) & jobs.c.state.in_(OPEN)
        if await connection.scalar(select(jobs.c.id).where(under_way, ~jobs.c.called_off).limit(1)) is None:
            new = NewJob(JobKind.DELETE, document.tenant, document.collection_id, document.id)
            await add_job(connection, new, self._clock())
