"""The row of a collection's reindexing, and how it goes from one state to the next."""

from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.reindexing import ReindexSettings, ReindexState
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs import JobStore, Lease
from ragstone_ingestion.tables import collections, documents, reindexings, vectors, versions
from ragstone_kit.database import Database

_CHANGED = tuple(ReindexSettings.model_fields)
UNSWAPPED = (ReindexState.BUILDING, ReindexState.VERIFYING, ReindexState.SWAPPING)
ENDED = (ReindexState.DONE, ReindexState.CANCELLED)


async def row_of(connection: AsyncConnection, collection_id: str) -> Row[Any] | None:
    this = reindexings.c.collection_id == collection_id
    return (await connection.execute(select(reindexings).where(this))).one_or_none()


class Rows:
    """Writes are under the lease of the row's job: another worker's, or a cancelled one's, are refused."""

    def __init__(self, database: Database, jobs: JobStore) -> None:
        self._database = database
        self._jobs = jobs

    async def of(self, lease: Lease) -> Row[Any]:
        """Raises LeaseLost when the job is not that of the collection's reindexing any more."""
        async with self._database.read() as connection:
            row = await row_of(connection, lease.collection_id)
        if row is None or row.job_id != lease.job_id:
            raise LeaseLost("the collection has another reindexing, or none")
        return row

    async def advance(self, lease: Lease, row: Row[Any], values: dict[str, Any]) -> None:
        """Write to the row if it is still in its state; nothing when somebody cancelled it meanwhile."""
        async with self._database.write() as connection:
            await change(connection, row, values)
            await self._jobs.write(connection, lease, {"attempts": 0})

    async def end(self, lease: Lease, row: Row[Any], default_model: str) -> None:
        """The index that was left is dropped: forget it and the vectors that only it needed, and end the job."""
        cancelled = row.state == ReindexState.CANCELLING
        told = [
            CollectionSettings(**settings).embedder or default_model for settings in (row.settings, row.old_settings)
        ]
        unused, used = told if cancelled else reversed(told)
        async with self._database.write() as connection:
            if unused != used:
                here = select(documents.c.id).where(documents.c.collection_id == row.collection_id)
                of_it = vectors.c.document_id.in_(here) & (vectors.c.model == unused)
                await connection.execute(delete(vectors).where(of_it))
            state = ReindexState.CANCELLED if cancelled else ReindexState.DONE
            await change(connection, row, {"state": state, "leaving": None, "ended_at": self._jobs.now()})
            await self._jobs.done(connection, lease)


async def change(connection: AsyncConnection, row: Row[Any], values: dict[str, Any]) -> bool:
    """Write to the row; False when it is not in the state any more that it was read in."""
    same = (reindexings.c.collection_id == row.collection_id) & (reindexings.c.generation == row.generation)
    changed = update(reindexings).where(same, reindexings.c.state == row.state).values(values)
    return (await connection.execute(changed)).rowcount == 1


async def swap(connection: AsyncConnection, row: Row[Any], leaves_at: float) -> bool:
    """Have the new index answer, under the settings its chunks were made with. False when that was cancelled."""
    wanted = select(collections.c.settings, collections.c.index_id).where(collections.c.id == row.collection_id)
    now = (await connection.execute(wanted.with_for_update())).one()
    old = now.index_id or row.collection_id
    retiring = {"state": ReindexState.RETIRING, "shadow": None, "leaving": old, "leaves_at": leaves_at}
    if not await change(connection, row, retiring):
        return False
    kept = {name: value for name, value in now.settings.items() if name not in _CHANGED}
    new = {name: value for name, value in row.settings.items() if name in _CHANGED}
    this = update(collections).where(collections.c.id == row.collection_id)
    await connection.execute(this.values(index_id=row.index_id, settings=kept | new))
    built = (versions.c.shadow == row.index_id) & versions.c.shadow_chunks.is_not(None)
    await connection.execute(update(versions).where(built).values(chunks=versions.c.shadow_chunks))
    return True
