"""Deleting documents and collections from every store, in an order that can be broken off anywhere and begun again."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import DeleteReceipt
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.document_store import DocumentStore
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, Lease, NewJob, add_job, call_off
from ragstone_ingestion.objects import ORIGINALS, PARSED
from ragstone_ingestion.references import is_used, keys_of, tables_of_documents
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import changes, collections, connectors, documents, jobs, lock
from ragstone_ingestion.visibility import admitted

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

    async def request(self, identity: Identity, document_id: str, *, erase: bool = False) -> RequestedDeletion:
        """Hide the document at once and queue its removal. Raises NotFound.

        A document that is on its way out is not found, but to ``erase`` it is to join the removal under way.
        """
        if erase and (under_way := await self._under_way(identity, document_id)) is not None:
            return under_way
        document = await self._documents.get(identity, document_id)
        stored = await self._documents.version(identity, document_id, None)
        async with self._stores.database.write() as connection:
            await lock(connection, f"{document.collection_id}/{stored.filename}")
            hide = update(documents).where(documents.c.id == document_id, ~documents.c.deleted).values(deleted=True)
            hidden = (await connection.execute(hide)).rowcount == 1
            if hidden:
                await call_off(connection, jobs.c.document_id == document_id)
                new = NewJob(JobKind.DELETE, identity.tenant, document.collection_id, document_id)
                job_id = await add_job(connection, new, self._clock())
                keys = await keys_of(connection, document_id)
        if not hidden:
            return await self._joined(identity, document_id, erase)
        return RequestedDeletion(document_id, document.collection_id, keys, job_id)

    async def _joined(self, identity: Identity, document_id: str, erase: bool) -> RequestedDeletion:
        """The removal that somebody else began a moment ago. Raises NotFound if it is complete or not to be joined."""
        under_way = await self._under_way(identity, document_id) if erase else None
        if under_way is None:
            raise NotFound(f"there is no document {document_id!r}")
        return under_way

    async def _under_way(self, identity: Identity, document_id: str) -> RequestedDeletion | None:
        admits = admitted(documents, identity, is_sqlite=self._stores.database.is_sqlite)
        removal = (jobs.c.document_id == documents.c.id) & (jobs.c.kind == JobKind.DELETE) & jobs.c.state.in_(OPEN)
        wanted = select(documents.c.collection_id, jobs.c.id).select_from(documents.join(jobs, removal))
        async with self._stores.database.read() as connection:
            hidden = wanted.where(documents.c.id == document_id, documents.c.deleted, admits)
            row = (await connection.execute(hidden.limit(1))).one_or_none()
            return (
                None
                if row is None
                else RequestedDeletion(document_id, row[0], await keys_of(connection, document_id), row[1])
            )

    async def delete_document(self, lease: Lease) -> None:
        """Remove a hidden document: from sight, from the index, from the object store and the tables, in this order."""
        await self._activation.disappear(lease)
        others = (jobs.c.document_id == lease.document_id) & (jobs.c.id != lease.job_id)
        await self._wait_for_workers(others)
        await self._stores.index.delete(lease.collection_id, lease.document_id)
        await self._activation.forget(lease)
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
            for table in (changes, jobs, connectors):
                await connection.execute(delete(table).where(table.c.collection_id == lease.collection_id))
            await connection.execute(delete(collections).where(collections.c.id == lease.collection_id))

    async def receipt(self, requested: RequestedDeletion) -> DeleteReceipt:
        """What each store still holds of a document, by looking.

        An object that another document has too is not counted: it is that document's.
        """
        document_id = requested.document_id
        held = await self._stores.index.held(requested.collection_id, [document_id])
        remaining = Counter({"index": sum(one.chunks for one in held), ORIGINALS: 0, PARSED: 0})
        async with self._stores.database.read() as connection:
            for table, column in tables_of_documents().items():
                count = select(func.count()).select_from(table).where(column == document_id)
                remaining[table.name] = await connection.scalar(count) or 0
            own = [key for key in requested.keys if not await is_used(connection, key, besides=document_id)]
        for key in own:
            remaining[key.partition("/")[0]] += await self._stores.objects.exists(key)
        return DeleteReceipt(dict(remaining))

    async def _wait_for_workers(self, their_jobs: ColumnElement[bool]) -> None:
        """Until no worker that has been called off can write any more: it has said so, or its lease has run out."""
        while await self._stores.jobs.someone_works_on(their_jobs):  # noqa: ASYNC110  they may be other processes
            await asyncio.sleep(_LOOK_SECONDS)

    async def _remove(self, connection: AsyncConnection, document_id: str) -> None:
        """Remove objects and rows together: broken off in between, the rows still say which objects to remove."""
        for key in sorted(await keys_of(connection, document_id)):
            await lock(connection, key)
            if not await is_used(connection, key, besides=document_id):
                await self._stores.objects.delete(key)
        for table, column in tables_of_documents().items():
            await connection.execute(delete(table).where(column == document_id))
