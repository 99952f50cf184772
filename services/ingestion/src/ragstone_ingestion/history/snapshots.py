"""Snapshots: names for what a collection is, which keep all of it until they are deleted."""

from typing import Any

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_contracts.history import Snapshot
from ragstone_contracts.identity import Identity
from ragstone_ingestion.errors import SnapshotExists
from ragstone_ingestion.history.releasing import queue_release
from ragstone_ingestion.jobs import Clock
from ragstone_ingestion.tables import collections, snapshots
from ragstone_kit.database import Database

BEFORE_ROLLBACK = "before-rollback-"
"""Begins the names of the snapshots that rollbacks take."""


class Snapshots:
    """Of collections that the caller was found to see. ``wait_seconds`` is what queries under way are given."""

    def __init__(self, database: Database, clock: Clock, wait_seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._wait_seconds = wait_seconds

    async def take(self, identity: Identity, collection_id: str, name: str | None) -> Snapshot:
        """Name what queries see now; without a name, the one that is called after the sequence, old or new.

        Raises SnapshotExists, InvalidRequest, or NotFound when the collection goes meanwhile.
        """
        if name is not None and name.startswith(BEFORE_ROLLBACK):
            raise InvalidRequest("names that begin so are given by rollbacks")
        async with self._database.write() as connection:
            row = await held_collection(connection, collection_id)
            called = name or f"snapshot-{served_sequence(row)}"
            there = await _find(connection, collection_id, called)
            if there is not None and name is not None:
                raise SnapshotExists(f"the collection has a snapshot {name!r} already")
            if there is not None and there.sequence == served_sequence(row):
                return _snapshot(there)
            if there is not None:
                called = f"{called}-{round(self._clock())}"
            return await add_snapshot(connection, row, called, identity.user, self._clock())

    async def list(self, collection_id: str) -> list[Snapshot]:
        """The oldest first."""
        wanted = select(snapshots).where(snapshots.c.collection_id == collection_id)
        async with self._database.read() as connection:
            rows = await connection.execute(wanted.order_by(snapshots.c.sequence, snapshots.c.created_at))
            return [_snapshot(row) for row in rows]

    async def delete(self, collection_id: str, name: str) -> None:
        """Let go of what only this snapshot kept; it is removed by a job. Raises NotFound."""
        async with self._database.write() as connection:
            row = await held_collection(connection, collection_id)
            this = (snapshots.c.collection_id == collection_id) & (snapshots.c.name == name)
            if (await connection.execute(delete(snapshots).where(this))).rowcount != 1:
                raise NotFound(f"the collection has no snapshot {name!r}")
            await queue_release(connection, row, self._clock(), self._wait_seconds)


async def held_collection(connection: AsyncConnection, collection_id: str) -> Row[Any]:
    """The collection's row, which nobody else changes until the transaction ends. Raises NotFound."""
    living = select(collections).where(collections.c.id == collection_id, ~collections.c.deleted)
    row = (await connection.execute(living.with_for_update())).one_or_none()
    if row is None:
        raise NotFound("the collection was deleted meanwhile")
    return row


def served_sequence(collection: Row[Any]) -> int:
    """What queries see of the collection now."""
    return int(collection.sequence if collection.pinned is None else collection.pinned)


async def add_snapshot(
    connection: AsyncConnection, collection: Row[Any], name: str, user: str, now: float, *, automatic: bool = False
) -> Snapshot:
    """Name what queries see now."""
    row = {
        "name": name,
        "sequence": served_sequence(collection),
        "automatic": automatic,
        "created_at": now,
        "created_by": user,
    }
    await connection.execute(insert(snapshots).values(row | {"collection_id": collection.id}))
    return Snapshot.model_validate(row)


async def _find(connection: AsyncConnection, collection_id: str, name: str) -> Row[Any] | None:
    this = select(snapshots).where(snapshots.c.collection_id == collection_id, snapshots.c.name == name)
    return (await connection.execute(this)).one_or_none()


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        name=row.name,
        sequence=row.sequence,
        automatic=row.automatic,
        created_at=row.created_at,
        created_by=row.created_by,
    )
