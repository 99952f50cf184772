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
from ragstone_ingestion.history.lives import kept_versions
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, Lease, NewJob, add_job, call_off
from ragstone_ingestion.objects import ORIGINALS, PARSED
from ragstone_ingestion.references import is_used, keys_of, tables_of_documents
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import (
    changes,
    collections,
    connectors,
    documents,
    jobs,
    lock,
    moments,
    reindexings,
    rollbacks,
    snapshots,
    vectors,
    versions,
)
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

        What a snapshot sees of it stays, hidden from the present, unless it is to ``erase`` the document. One that is
        hidden already is not found, but to ``erase`` it is to join the removal under way, or to begin it.
        """
        if erase and (under_way := await self._erase_hidden(identity, document_id)) is not None:
            return under_way
        document = await self._documents.get(identity, document_id)
        stored = await self._documents.version(identity, document_id, None)
        async with self._stores.database.write() as connection:
            await lock(connection, f"{document.collection_id}/{stored.filename}")
            hidden = await hide(connection, document_id, erase=erase)
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
        under_way = await self._erase_hidden(identity, document_id) if erase else None
        if under_way is None:
            raise NotFound(f"there is no document {document_id!r}")
        return under_way

    async def _erase_hidden(self, identity: Identity, document_id: str) -> RequestedDeletion | None:
        """Have a hidden document erased, by the removal under way if it does that; None for one that is not hidden."""
        admits = admitted(documents, identity, is_sqlite=self._stores.database.is_sqlite)
        hidden = select(documents).where(documents.c.id == document_id, documents.c.deleted, admits)
        removals = (jobs.c.document_id == document_id) & (jobs.c.kind == JobKind.DELETE) & jobs.c.state.in_(OPEN)
        async with self._stores.database.write() as connection:
            row = (await connection.execute(hidden.with_for_update())).one_or_none()
            if row is None:
                return None
            job_id = await connection.scalar(select(jobs.c.id).where(removals, ~jobs.c.called_off).limit(1))
            if job_id is None or not row.erased:
                await connection.execute(update(documents).where(documents.c.id == document_id).values(erased=True))
                await call_off(connection, removals)
                new = NewJob(JobKind.DELETE, row.tenant, row.collection_id, document_id)
                job_id = await add_job(connection, new, self._clock())
            return RequestedDeletion(document_id, row.collection_id, await keys_of(connection, document_id), job_id)

    async def delete_document(self, lease: Lease) -> None:
        """Remove a hidden document: from sight, from the index, from the object store and the tables, in this order."""
        await self._activation.disappear(lease)
        others = (jobs.c.document_id == lease.document_id) & (jobs.c.id != lease.job_id)
        await self._wait_for_workers(others)
        async with self._stores.database.read() as connection:
            kept = (await kept_versions(connection, [lease.document_id])).get(lease.document_id)
        if kept:
            await self._thin_out(lease, kept)
            return
        for place in await self._places(lease.collection_id, lease.document_id):
            await self._stores.index.delete(place, lease.document_id)
        await self._activation.forget(lease)
        async with self._stores.database.write() as connection:
            await self._stores.jobs.write(connection, lease, {})
            await self._remove(connection, lease.document_id)

    async def _thin_out(self, lease: Lease, kept: set[int]) -> None:
        """Remove the versions of a hidden document that no snapshot sees."""
        held = await self._stores.index.held(lease.collection_id, [lease.document_id])
        # From here on a rollback may bring the document back, as a version that is not among those held now.
        await self._stores.jobs.require_held(lease)
        for one in held:
            if one.version not in kept:
                await self._stores.index.delete(lease.collection_id, lease.document_id, one.version)
        await self._activation.forget(lease)
        async with self._stores.database.write() as connection:
            keys = await keys_of(connection, lease.document_id)
            needless = (versions.c.document_id == lease.document_id) & versions.c.version.not_in(kept)
            await connection.execute(delete(versions).where(needless))
            unused = (vectors.c.document_id == lease.document_id) & (vectors.c.version < min(kept))
            await connection.execute(delete(vectors).where(unused))
            await self._stores.jobs.done(connection, lease)
            for key in sorted(keys):
                await lock(connection, key)
                if not await is_used(connection, key):
                    await self._stores.objects.delete(key)

    async def drop_collection(self, lease: Lease) -> None:
        """Remove a hidden collection with all its documents from every store."""
        held = select(documents.c.id).where(documents.c.collection_id == lease.collection_id)
        here = (jobs.c.collection_id == lease.collection_id) | jobs.c.document_id.in_(held)
        await self._wait_for_workers(here & (jobs.c.id != lease.job_id))
        await self._stores.index.drop(lease.collection_id)
        async with self._stores.database.read() as connection:
            document_ids = (await connection.scalars(held)).all()
        for document_id in document_ids:
            for place in await self._places(lease.collection_id, document_id) - {lease.collection_id}:
                await self._stores.index.delete(place, document_id)
            async with self._stores.database.write() as connection:
                await self._stores.jobs.write(connection, lease, {})
                await self._remove(connection, document_id)
        async with self._stores.database.write() as connection:
            await self._stores.jobs.write(connection, lease, {})
            for table in (changes, jobs, connectors, moments, snapshots, rollbacks, reindexings):
                await connection.execute(delete(table).where(table.c.collection_id == lease.collection_id))
            await connection.execute(delete(collections).where(collections.c.id == lease.collection_id))

    async def receipt(self, requested: RequestedDeletion) -> DeleteReceipt:
        """What each store still holds of a document, by looking.

        An object that another document has too is not counted: it is that document's.
        """
        document_id = requested.document_id
        places = await self._places(requested.collection_id, document_id)
        held = [one for place in places for one in await self._stores.placement.held_anywhere(place, [document_id])]
        remaining = Counter({"index": sum(one.chunks for one in held), ORIGINALS: 0, PARSED: 0})
        async with self._stores.database.read() as connection:
            for table, column in tables_of_documents().items():
                count = select(func.count()).select_from(table).where(column == document_id)
                remaining[table.name] = await connection.scalar(count) or 0
            own = [key for key in requested.keys if not await is_used(connection, key, besides=document_id)]
        for key in own:
            remaining[key.partition("/")[0]] += await self._stores.objects.exists(key)
        return DeleteReceipt(dict(remaining))

    async def _places(self, collection_id: str, document_id: str) -> set[str]:
        """The collection of a document, and those that a move of it wrote to or has yet to clear."""
        moves = jobs.c.kind.in_([JobKind.MOVE, JobKind.LEAVE]) & (jobs.c.document_id == document_id)
        async with self._stores.database.read() as connection:
            return {collection_id, *(await connection.scalars(select(jobs.c.collection_id).where(moves)))}

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


async def hide(connection: AsyncConnection, document_id: str, *, erase: bool = False) -> bool:
    """Take a document out of sight of all that lists documents; false when it is so already."""
    living = update(documents).where(documents.c.id == document_id, ~documents.c.deleted)
    era = select(collections.c.era).where(collections.c.id == documents.c.collection_id).scalar_subquery()
    return (await connection.execute(living.values(deleted=True, erased=erase, era=era))).rowcount == 1
