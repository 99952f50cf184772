"""Changing who may see documents and collections.

The tables change at once, and with them everything that is read through them. The index is told by a job, which the
change waits for; until it has been told, whoever lost access does not find the document, see ``access.py``. A
collection's own list is asked before each search of it, so its revocations hold at once whatever the index says.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Text, cast, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.sharing import INHERIT, CollectionUpdate
from ragstone_ingestion.access import clear_stale, mark_stale, queue_share, require_access
from ragstone_ingestion.activation import Activation, end_turn
from ragstone_ingestion.errors import CollectionExists
from ragstone_ingestion.jobs import Clock, JobKind, Lease, NewJob, add_job
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import collections, documents, lock, stale_access
from ragstone_ingestion.visibility import visible

_TOGETHER = 100


class Sharing:
    def __init__(self, stores: Stores, activation: Activation, clock: Clock) -> None:
        self._stores = stores
        self._activation = activation
        self._clock = clock

    async def share_document(
        self, identity: Identity, document_id: str, acl: list[str] | str, *, force: bool = False
    ) -> str | None:
        """Give a document another access list, or with ``inherit`` its collection's; returns the job to wait for.

        None when nothing changes. Raises NotFound, or LockedOut.
        """
        async with self._stores.database.write() as connection:
            row = await held_document(connection, identity, document_id)
            inherits = acl == INHERIT
            wanted = list(row.collections_acl if inherits else acl)
            require_access(identity, wanted, force=force)
            if (row.acl, row.inherits_acl) == (wanted, inherits) and not row.is_stale:
                return None
            changed = update(documents).where(documents.c.id == document_id)
            await connection.execute(changed.values(acl=wanted, inherits_acl=inherits))
            return await queue_share(connection, row.tenant, (row.collection_id, document_id), self._clock())

    async def change_collection(
        self, identity: Identity, collection_id: str, change: CollectionUpdate
    ) -> tuple[Row[Any], str | None]:
        """The collection's row after the change, and the job that its documents' access follows by, if it changes.

        Raises NotFound, CollectionExists, or LockedOut.
        """
        try:
            async with self._stores.database.write() as connection:
                row = await self._collection(connection, identity, collection_id)
                values = _changed_values(row, change)
                this = update(collections).where(collections.c.id == row.id)
                if "acl" in values:
                    require_access(identity, values["acl"], force=change.force)
                if values:
                    row = (await connection.execute(this.values(values).returning(collections))).one()
                return row, await self._queue_followers(connection, row) if "acl" in values else None
        except IntegrityError as error:
            raise CollectionExists(f"there is a collection named {change.name!r} already") from error

    async def run(self, lease: Lease) -> None:
        """Tell the index of a document, or without one of all in the collection that wait for it. Raises LeaseLost."""
        if not lease.document_id:
            while await self._follow(lease):
                await self._stores.jobs.heartbeat(lease)
        while waiting := await self._waiting(lease):
            await self._tell(lease, waiting)
        async with self._stores.database.write() as connection:
            await self._stores.jobs.done(connection, lease)

    async def _collection(self, connection: AsyncConnection, identity: Identity, collection_id: str) -> Row[Any]:
        seen = visible(collections, identity, is_sqlite=self._stores.database.is_sqlite)
        wanted = select(collections).where(collections.c.id == collection_id, seen).with_for_update()
        row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            raise NotFound(f"there is no collection {collection_id!r}")
        return row

    async def _queue_followers(self, connection: AsyncConnection, row: Row[Any]) -> str:
        return await add_job(connection, NewJob(JobKind.SHARE, row.tenant, row.id), self._clock())

    async def _follow(self, lease: Lease) -> bool:
        """Give some of the documents that inherit the collection's access what it is now; False when all have it."""
        async with self._stores.database.write() as connection:
            acl = await connection.scalar(select(collections.c.acl).where(collections.c.id == lease.collection_id))
            differs = cast(documents.c.acl, Text) != cast(collections.c.acl, Text)
            joined = documents.join(collections, collections.c.id == documents.c.collection_id)
            behind = select(documents.c.id).select_from(joined).where(documents.c.inherits_acl, differs)
            behind = behind.where(documents.c.collection_id == lease.collection_id).order_by(documents.c.id)
            ids = (await connection.scalars(behind.limit(_TOGETHER).with_for_update(of=documents))).all()
            await connection.execute(update(documents).where(documents.c.id.in_(ids)).values(acl=acl))
            await mark_stale(connection, lease.collection_id, ids)
        return bool(ids)

    async def _waiting(self, lease: Lease) -> list[str]:
        joined = stale_access.join(documents, documents.c.id == stale_access.c.document_id)
        here = (stale_access.c.collection_id == lease.collection_id) & (
            documents.c.collection_id == lease.collection_id
        )
        wanted = select(documents.c.id).select_from(joined).where(here).order_by(documents.c.id)
        if lease.document_id:
            wanted = wanted.where(documents.c.id == lease.document_id)
        async with self._stores.database.read() as connection:
            return list((await connection.scalars(wanted.limit(_TOGETHER))).all())

    async def _tell(self, lease: Lease, document_ids: list[str]) -> None:
        """In the collection's turn, so that no version appears meanwhile with what was right before."""
        async with self._activation.turn(replace(lease, document_id="")):
            these = documents.c.id.in_(document_ids) & (documents.c.collection_id == lease.collection_id)
            wanted = select(documents.c.id, documents.c.acl).where(these).order_by(documents.c.id)
            async with self._stores.database.read() as connection:
                told = {row.id: row.acl for row in await connection.execute(wanted)}
            for document_id, acl in told.items():
                await self._stores.index.set_acl(lease.collection_id, document_id, acl)
            async with self._stores.database.write() as connection:
                now = await connection.execute(wanted.with_for_update())
                # What was changed again meanwhile has a job of its own.
                settled = [row.id for row in now if told.get(row.id) == row.acl]
                await clear_stale(connection, lease.collection_id, settled)
                await end_turn(connection, lease)
                await self._stores.jobs.write(connection, lease, {})


async def held_document(connection: AsyncConnection, identity: Identity, document_id: str, *besides: str) -> Row[Any]:
    """A document the identity may see, with its collection's access, held against uploads and deletions.

    Its name is held in the collections ``besides`` too. Raises NotFound.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    joined = documents.join(collections, collections.c.id == documents.c.collection_id)
    stale = select(stale_access.c.document_id).where(
        stale_access.c.document_id == documents.c.id, stale_access.c.collection_id == documents.c.collection_id
    )
    columns = [collections.c.acl.label("collections_acl"), stale.correlate(documents).exists().label("is_stale")]
    seen = [visible(table, identity, is_sqlite=is_sqlite) for table in (documents, collections)]
    wanted = select(documents, *columns).select_from(joined).where(documents.c.id == document_id, *seen)
    if (row := (await connection.execute(wanted)).one_or_none()) is not None:
        for place in sorted({row.collection_id, *besides}):
            await lock(connection, f"{place}/{row.filename}")
        row = (await connection.execute(wanted.with_for_update(of=documents))).one_or_none()
    if row is None:
        raise NotFound(f"there is no document {document_id!r}")
    return row


def _changed_values(row: Row[Any], change: CollectionUpdate) -> dict[str, Any]:
    """The columns that change."""
    values: dict[str, Any] = {} if change.name is None else {"name": change.name}
    if change.acl is not None:
        values["acl"] = change.acl
    if change.settings is not None:
        given = {name: getattr(change.settings, name) for name in change.settings.model_fields_set}
        values["settings"] = CollectionSettings(**row.settings | given).model_dump(exclude_none=True)
    return {name: value for name, value in values.items() if value != getattr(row, name)}
