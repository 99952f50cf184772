"""Deleting documents and collections from every store, in an order that can be broken off anywhere and begun again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import DeleteReceipt
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.document_store import DocumentStore
from ragstone_ingestion.jobs import Clock, JobKind, Lease, NewJob, add_job, call_off
from ragstone_ingestion.pipeline import Stores
from ragstone_ingestion.tables import changes, collections, documents, jobs, lock, vectors, versions

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class RequestedDeletion:
    """A document on its way out; ``keys`` name all the object store may hold of it."""

    document_id: str
    collection_id: str
    keys: Sequence[str]
    job_id: str


class Deletion:
    def __init__(self, stores: Stores, store: DocumentStore, activation: Activation, clock: Clock) -> None:
        self._stores = stores
        self._documents = store
        self._activation = activation
        self._clock = clock

    async def request(self, identity: Identity, document_id: str) -> RequestedDeletion:
        """Hide the document at once and queue its removal. Raises NotFound."""
        document = await self._documents.get(identity, document_id)
        stored = await self._documents.version(identity, document_id, None)
        async with self._stores.database.write() as connection:
            await lock(connection, f"{document.collection_id}/{stored.filename}")
            hide = update(documents).where(documents.c.id == document_id, ~documents.c.deleted).values(deleted=True)
            if (await connection.execute(hide)).rowcount != 1:
                raise NotFound(f"there is no document {document_id!r}")
            await call_off(connection, jobs.c.document_id == document_id)
            new = NewJob(JobKind.DELETE, identity.tenant, document.collection_id, document_id)
            job_id = await add_job(connection, new, self._clock())
            keys = await _keys(connection, document_id)
        return RequestedDeletion(document_id, document.collection_id, keys, job_id)

    async def delete_document(self, lease: Lease) -> None:
        """Remove a hidden document: from sight, from the index, from the object store and the tables, in this order."""
        others = (jobs.c.document_id == lease.document_id) & (jobs.c.id != lease.job_id)
        await self._wait_for_workers(others)
        await self._activation.disappear(lease)
        await self._stores.index.delete(lease.collection_id, lease.document_id)
        async with self._stores.database.write() as connection:
            await self._stores.jobs.write(connection, lease, {})
            await self._remove(connection, lease.document_id)

    async def drop_collection(self, lease: Lease) -> None:
        """Remove a hidden collection with all its documents from every store."""
        here = jobs.c.collection_id == lease.collection_id
        await self._wait_for_workers(here & (jobs.c.id != lease.job_id))
        await self._stores.index.drop(lease.collection_id)
        held = select(documents.c.id).where(documents.c.collection_id == lease.collection_id)
        async with self._stores.database.read() as connection:
            document_ids = (await connection.scalars(held)).all()
        for document_id in document_ids:
            async with self._stores.database.write() as connection:
                await self._stores.jobs.write(connection, lease, {})
                await self._remove(connection, document_id)
        async with self._stores.database.write() as connection:
            await self._stores.jobs.write(connection, lease, {})
            for table in (changes, jobs):
                await connection.execute(delete(table).where(table.c.collection_id == lease.collection_id))
            await connection.execute(delete(collections).where(collections.c.id == lease.collection_id))

    async def receipt(self, requested: RequestedDeletion) -> DeleteReceipt:
        """What each store still holds of a document, by looking.

        An object that another document has too is not counted: it is that document's.
        """
        document_id = requested.document_id
        chunks = await self._stores.index.chunks(requested.collection_id, document_id)
        async with self._stores.database.read() as connection:
            rows = await _count(connection, documents, documents.c.id == document_id)
            for table in (versions, vectors, jobs):
                rows += await _count(connection, table, table.c.document_id == document_id)
            own = [key for key in requested.keys if not await _is_used(connection, key, besides=document_id)]
        held = [await self._stores.objects.exists(key) for key in own]
        remaining = {"index": len(chunks), "objects": sum(held), "tables": rows}
        return DeleteReceipt(remaining)

    async def _wait_for_workers(self, their_jobs: ColumnElement[bool]) -> None:
        """Until no worker that has been called off can write any more: it has said so, or its lease has run out."""
        while await self._stores.jobs.someone_works_on(their_jobs):  # noqa: ASYNC110  they may be other processes
            await asyncio.sleep(_LOOK_SECONDS)

    async def _remove(self, connection: AsyncConnection, document_id: str) -> None:
        """Remove objects and rows together: broken off in between, the rows still say which objects to remove."""
        for key in sorted(await _keys(connection, document_id)):
            await lock(connection, key)
            if not await _is_used(connection, key, besides=document_id):
                await self._stores.objects.delete(key)
        for table in (vectors, versions, jobs):
            await connection.execute(delete(table).where(table.c.document_id == document_id))
        await connection.execute(delete(documents).where(documents.c.id == document_id))


async def _keys(connection: AsyncConnection, document_id: str) -> list[str]:
    wanted = select(versions.c.original_key, versions.c.parsed_key).where(versions.c.document_id == document_id)
    return list({key for row in await connection.execute(wanted) for key in row})


async def _is_used(connection: AsyncConnection, key: str, *, besides: str) -> bool:
    holds_it = (versions.c.original_key == key) | (versions.c.parsed_key == key)
    return await _count(connection, versions, holds_it & (versions.c.document_id != besides)) > 0


async def _count(connection: AsyncConnection, table: Table, condition: ColumnElement[bool]) -> int:
    return await connection.scalar(select(func.count()).select_from(table).where(condition)) or 0
