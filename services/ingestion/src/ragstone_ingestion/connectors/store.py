"""Connectors, as far as a caller may see them. One it may not see is answered as one that does not exist."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.connectors import (
    Connector,
    ConnectorItem,
    ConnectorItemList,
    ConnectorState,
    ItemState,
    NewConnector,
    SyncFilters,
    SyncRequest,
    SyncResult,
)
from ragstone_contracts.documents import Collection, DocumentError
from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_contracts.identity import Identity
from ragstone_ingestion.connectors.errors import ConnectorExists
from ragstone_ingestion.connectors.sources import Sources, SourceSpec
from ragstone_ingestion.jobs import DEAD, OPEN, Clock, JobKind, JobState, NewJob, Priority, add_job, call_off
from ragstone_ingestion.tables import collections, connector_items, connectors, jobs
from ragstone_ingestion.visibility import visible
from ragstone_kit.database import Database

_NEXT = jobs.alias("next_jobs")


@dataclass(frozen=True)
class ItemPage:
    """Which items: of one state or any, after a key, at most ``limit``."""

    state: ItemState | None = None
    after: str = ""
    limit: int = 100


class ConnectorStore:
    def __init__(self, database: Database, sources: Sources, clock: Clock) -> None:
        self._database = database
        self._sources = sources
        self._clock = clock

    async def create(self, identity: Identity, collection: Collection, new: NewConnector) -> Connector:
        """A connector, whose first sync is queued at once when it syncs by time.

        Raises ConnectorExists, InvalidRequest, SourceRefused or EgressRefused.
        """
        self._sources.check(SourceSpec(new.kind, new.config, identity.tenant))
        acl = new.acl or collection.acl
        if not identity.may_see(acl):
            raise InvalidRequest("the documents of a connector must be visible to whoever sets it up")
        row = {
            "id": str(uuid.uuid4()),
            "tenant": identity.tenant,
            "collection_id": collection.id,
            "acl": acl,
            "owner": {"user": identity.user, "groups": identity.groups},
            "created_at": self._clock(),
            **new.model_dump(include={"name", "kind", "config", "filters", "every_seconds"}),
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(connectors).values(row))
                if new.every_seconds is not None:
                    await self._queue(connection, row["id"], identity.tenant, collection.id, {})
        except IntegrityError as error:
            raise ConnectorExists(f"the collection has a connector named {new.name!r} already") from error
        return await self.get(identity, row["id"])

    async def list(self, identity: Identity) -> list[Connector]:
        async with self._database.read() as connection:
            rows = await connection.execute(self._seen_by(identity).order_by(collections.c.name, connectors.c.name))
            return [self._connector(row) for row in rows]

    async def get(self, identity: Identity, connector_id: str) -> Connector:
        async with self._database.read() as connection:
            return self._connector(await self._row(connection, identity, connector_id))

    async def items(self, identity: Identity, connector_id: str, page: ItemPage) -> ConnectorItemList:
        wanted = select(connector_items).where(
            connector_items.c.connector_id == connector_id, connector_items.c.key > page.after
        )
        if page.state is not None:
            wanted = wanted.where(connector_items.c.state == page.state)
        async with self._database.read() as connection:
            await self._row(connection, identity, connector_id)
            rows = (await connection.execute(wanted.order_by(connector_items.c.key).limit(page.limit + 1))).all()
        shown = rows[: page.limit]
        cursor = shown[-1].key if len(rows) > page.limit else None
        return ConnectorItemList(items=[_item(row) for row in shown], next_cursor=cursor)

    async def sync(self, identity: Identity, connector_id: str, asked: SyncRequest) -> str:
        """Queue a sync and return its job; one that is queued or under way already is joined as it is."""
        async with self._database.write() as connection:
            row = await self._locked(connection, identity, connector_id)
            if row.job_state in OPEN:
                return str(row.job_id)
            return await self._queue(connection, row.id, row.tenant, row.collection_id, asked.model_dump())

    async def delete(self, identity: Identity, connector_id: str, *, remove_documents: bool) -> None:
        """Hide the connector at once, stop its syncs and queue its removal, of its documents too if asked for."""
        async with self._database.write() as connection:
            row = await self._locked(connection, identity, connector_id)
            await call_off(connection, jobs.c.id.in_([row.job_id, row.next_job_id]))
            hidden = {"deleted": True, "remove_documents": remove_documents, "next_job_id": None}
            await connection.execute(update(connectors).where(connectors.c.id == row.id).values(hidden))
            await self._queue(connection, row.id, row.tenant, row.collection_id, {"after": row.job_id})

    async def _queue(
        self, connection: AsyncConnection, connector_id: str, tenant: str, collection_id: str, asked: dict[str, Any]
    ) -> str:
        new = NewJob(JobKind.SYNC, tenant, collection_id, priority=Priority.BATCH)
        job_id = await add_job(connection, new, self._clock())
        this = connectors.c.id == connector_id
        await connection.execute(update(connectors).where(this).values(job_id=job_id, asked=asked))
        return job_id

    async def _locked(self, connection: AsyncConnection, identity: Identity, connector_id: str) -> Row[Any]:
        """The row, alone with it until the transaction ends: before any job's, as the sync itself does."""
        this = select(connectors.c.id).where(connectors.c.id == connector_id)
        await connection.execute(this.with_for_update())
        return await self._row(connection, identity, connector_id)

    async def _row(self, connection: AsyncConnection, identity: Identity, connector_id: str) -> Row[Any]:
        found = await connection.execute(self._seen_by(identity).where(connectors.c.id == connector_id))
        row: Row[Any] | None = found.one_or_none()
        if row is None:
            raise NotFound(f"there is no connector {connector_id!r}")
        return row

    def _seen_by(self, identity: Identity) -> Select[Any]:
        joined = (
            connectors.join(collections, collections.c.id == connectors.c.collection_id)
            .outerjoin(jobs, jobs.c.id == connectors.c.job_id)
            .outerjoin(_NEXT, _NEXT.c.id == connectors.c.next_job_id)
        )
        columns = [jobs.c.step, jobs.c.progress, jobs.c.lease_until, jobs.c.error_code, jobs.c.error_detail]
        labelled = [collections.c.name.label("collection"), jobs.c.state.label("job_state")]
        wanted = select(connectors, *columns, *labelled, _NEXT.c.not_before.label("next_sync_at"))
        is_sqlite = self._database.is_sqlite
        return wanted.select_from(joined).where(
            visible(connectors, identity, is_sqlite=is_sqlite), visible(collections, identity, is_sqlite=is_sqlite)
        )

    def _connector(self, row: Row[Any]) -> Connector:
        result = None if row.result is None else SyncResult.model_validate(row.result)
        if row.job_state in DEAD and (result is None or result.error is None):
            error = DocumentError(code=row.error_code or "internal", detail=row.error_detail or "")
            result = (result or SyncResult(started_at=row.created_at)).model_copy(update={"error": error})
        state = self._state(row, result)
        return Connector(
            id=row.id,
            name=row.name,
            kind=row.kind,
            collection=row.collection,
            collection_id=row.collection_id,
            config=row.config,
            filters=SyncFilters.model_validate(row.filters),
            acl=row.acl,
            every_seconds=row.every_seconds,
            state=state,
            step=row.step if state is ConnectorState.SYNCING else None,
            progress=row.progress or 0.0,
            sync=result,
            synced_at=row.synced_at,
            next_sync_at=row.next_sync_at,
            created_at=row.created_at,
        )

    def _state(self, row: Row[Any], result: SyncResult | None) -> ConnectorState:
        if row.job_state in OPEN:
            at_work = row.job_state == JobState.RUNNING and row.lease_until > self._clock()
            return ConnectorState.SYNCING if at_work else ConnectorState.QUEUED
        if result is None:
            return ConnectorState.NEW
        if result.error is not None:
            return ConnectorState.FAILED
        undone = result.failed or result.held_back or result.truncated
        return ConnectorState.INCOMPLETE if undone else ConnectorState.IN_STEP


def _item(row: Row[Any]) -> ConnectorItem:
    error = None if row.error_code is None else DocumentError(code=row.error_code, detail=row.error_detail or "")
    return ConnectorItem(
        key=row.key,
        source=row.source,
        filename=row.filename,
        state=ItemState(row.state),
        document_id=row.document_id,
        error=error,
        updated_at=row.updated_at,
    )
