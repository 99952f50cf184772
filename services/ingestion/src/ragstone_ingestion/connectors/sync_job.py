"""The job of a sync: one at a time for each connector, the next one planned before it begins."""

import asyncio
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.connectors import SyncFilters, SyncResult
from ragstone_contracts.documents import DocumentError
from ragstone_contracts.errors import InvalidRequest, NotFound, RagstoneError
from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.connectors.errors import SourceRefused
from ragstone_ingestion.connectors.item_rows import known_items
from ragstone_ingestion.connectors.sources import Sources, SourceSpec
from ragstone_ingestion.connectors.sync import Run, Sync, owner_of
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, Lease, NewJob, Priority, add_job
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import connectors, jobs
from ragstone_kit.egress import EgressRefused

_LOOK_SECONDS = 0.05
_FINAL = (SourceRefused, EgressRefused, InvalidRequest)
"""Errors of a source that trying again does not mend: the sync has ended, and says so."""


class SyncJobs:
    """What a worker does with a job of kind ``sync``: the connector is the one that names the job."""

    def __init__(
        self, stores: Stores, collections: CollectionStore, sources: Sources, sync: Sync, clock: Clock
    ) -> None:
        self._stores = stores
        self._collections = collections
        self._sources = sources
        self._sync = sync
        self._clock = clock

    async def run(self, lease: Lease) -> None:
        """Sync, or remove, the connector of the leased job. Raises what keeps a source from answering now."""
        connector = await self._begin(lease, self._clock())
        if connector is None:
            return
        if connector.deleted:
            await self._remove(lease, connector)
        else:
            await self._synced(lease, connector)

    async def _begin(self, lease: Lease, now: float) -> Row[Any] | None:
        """Plan the sync after this one and take this one's turn; None when there is nothing to do in it."""
        mine = or_(connectors.c.job_id == lease.job_id, connectors.c.next_job_id == lease.job_id)
        async with self._stores.database.write() as connection:
            row = (await connection.execute(select(connectors).where(mine).with_for_update())).one_or_none()
            if row is None:
                await self._stores.jobs.done(connection, lease)
                return None
            planned = await self._plan(connection, row, lease, now)
            busy = row.job_id != lease.job_id and await _is_open(connection, row.job_id)
            if not busy:
                # What somebody asked for holds for the sync they asked for, not for those that time starts.
                asked = {} if row.next_job_id == lease.job_id else row.asked
                planned |= {"job_id": lease.job_id, "asked": asked, "result": _begun(row, now)}
            await _update(connection, row, planned)
            if busy:
                await self._stores.jobs.done(connection, lease)
                return None
            await self._stores.jobs.write(connection, lease, {})
            return (await connection.execute(select(connectors).where(connectors.c.id == row.id))).one()

    async def _plan(self, connection: AsyncConnection, row: Row[Any], lease: Lease, now: float) -> dict[str, Any]:
        """The sync after this one, unless it is planned already: whatever happens to this one, time starts the next."""
        if row.every_seconds is not None and not row.deleted:
            if row.next_job_id != lease.job_id and await _is_open(connection, row.next_job_id):
                return {}
            return {"next_job_id": await add_job(connection, _sync_of(row, row.every_seconds), now)}
        return {"next_job_id": None}

    async def _synced(self, lease: Lease, connector: Row[Any]) -> None:
        result = SyncResult.model_validate(connector.result)
        ended: dict[str, Any] = {"asked": {}}
        try:
            ended["marker"] = await self._ran(lease, connector, result)
            if not (result.failed or result.held_back or result.truncated):
                ended["synced_at"] = self._clock()
        except (LeaseLost, NotFound):
            raise  # of the collection; what is gone from the source is no error
        except _FINAL as error:
            result.error = DocumentError(code=error.code, detail=error.detail)
        except RagstoneError as error:
            if error.retry_after is not None:
                await self._come_again(lease, connector, error.retry_after)
                return
            result.error = DocumentError(code=error.code, detail=error.detail)
            await self._write(lease, connector, {"result": result.model_dump()})
            raise
        result.ended_at = self._clock()
        async with self._stores.database.write() as connection:
            await _update(connection, connector, ended | {"result": result.model_dump()})
            await self._stores.jobs.done(connection, lease)

    async def _ran(self, lease: Lease, connector: Row[Any], result: SyncResult) -> str | None:
        filters = SyncFilters.model_validate(connector.filters)
        spec = SourceSpec(connector.kind, connector.config, connector.tenant, filters.max_bytes)
        collection = await self._collections.find(owner_of(connector), connector.collection_id)
        async with self._sources.open(spec) as source:
            return await self._sync.run(
                Run(lease, connector, collection, source, result, self._sources.item_limit(spec))
            )

    async def _come_again(self, lease: Lease, connector: Row[Any], seconds: float) -> None:
        """Go on later in a job of its own, and leave this worker to the jobs that fill the queue."""
        async with self._stores.database.write() as connection:
            again = await add_job(connection, _sync_of(connector, seconds), self._clock())
            await _update(connection, connector, {"job_id": again})
            await self._stores.jobs.done(connection, lease)

    async def _write(self, lease: Lease, connector: Row[Any], values: dict[str, Any]) -> None:
        async with self._stores.database.write() as connection:
            await _update(connection, connector, values)
            await self._stores.jobs.write(connection, lease, {})

    async def _remove(self, lease: Lease, connector: Row[Any]) -> None:
        """Remove a hidden connector: its documents if that was asked for, then what it remembers of them."""
        before = connector.asked.get("after")
        while await self._stores.jobs.someone_works_on(jobs.c.id == before):  # noqa: ASYNC110  in any process
            await asyncio.sleep(_LOOK_SECONDS)
        if connector.remove_documents:
            async with self._stores.database.read() as connection:
                known = await known_items(connection, connector.id)
            for item in known.values():
                if item.document_id is not None:
                    await self._sync.delete_document(owner_of(connector), item.document_id)
        async with self._stores.database.write() as connection:
            await connection.execute(delete(connectors).where(connectors.c.id == connector.id))
            await self._stores.jobs.done(connection, lease)


def _sync_of(connector: Row[Any], delay: float) -> NewJob:
    return NewJob(JobKind.SYNC, connector.tenant, connector.collection_id, delay=delay, priority=Priority.BATCH)


def _begun(row: Row[Any], now: float) -> dict[str, Any]:
    """A new count. What a sync did before it was broken off still counts."""
    fresh = SyncResult(started_at=now)
    before = None if row.result is None else SyncResult.model_validate(row.result)
    if before is not None and before.ended_at is None and before.error is None:
        kept = before.model_dump(include={"started_at", "added", "changed", "deleted"})
        fresh = fresh.model_copy(update=kept)
    return fresh.model_dump()


async def _update(connection: AsyncConnection, connector: Row[Any], values: dict[str, Any]) -> None:
    await connection.execute(update(connectors).where(connectors.c.id == connector.id).values(values))


async def _is_open(connection: AsyncConnection, job_id: str | None) -> bool:
    wanted = select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.state.in_(OPEN))
    return await connection.scalar(wanted) is not None
