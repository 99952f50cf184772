"""Connectors, for the caller the identity token names."""

from typing import Annotated

from fastapi import APIRouter, Query

from ragstone_contracts.connectors import (
    Connector,
    ConnectorItemList,
    ConnectorList,
    ItemState,
    NewConnector,
    SyncAccepted,
    SyncRequest,
)
from ragstone_ingestion.connectors.store import ItemPage
from ragstone_ingestion.dependencies import ConnectorId, IngestionDependency, WakerDependency
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1/connectors", tags=["connectors"])


@router.post("", status_code=201)
async def create_connector(
    new: NewConnector, caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency
) -> Connector:
    collection = await ingestion.collections.find(caller.identity, new.collection)
    connector = await ingestion.connectors.store.create(caller.identity, collection, new)
    await waker.wake()
    return connector


@router.get("")
async def list_connectors(caller: CallerDependency, ingestion: IngestionDependency) -> ConnectorList:
    return ConnectorList(connectors=await ingestion.connectors.store.list(caller.identity))


@router.get("/{connector_id}")
async def get_connector(
    connector_id: ConnectorId, caller: CallerDependency, ingestion: IngestionDependency
) -> Connector:
    return await ingestion.connectors.store.get(caller.identity, connector_id)


@router.post("/{connector_id}/sync", status_code=202)
async def sync_connector(
    connector_id: ConnectorId,
    asked: SyncRequest,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
) -> SyncAccepted:
    """A sync that is queued or under way already is joined as it is."""
    job_id = await ingestion.connectors.store.sync(caller.identity, connector_id, asked)
    await waker.wake()
    return SyncAccepted(job_id=job_id)


@router.get("/{connector_id}/items")
async def list_items(
    connector_id: ConnectorId,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    state: ItemState | None = None,
    cursor: Annotated[str, Query(max_length=1200)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ConnectorItemList:
    return await ingestion.connectors.store.items(caller.identity, connector_id, ItemPage(state, cursor, limit))


@router.delete("/{connector_id}", status_code=204)
async def delete_connector(
    connector_id: ConnectorId,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
    remove_documents: bool = False,
) -> None:
    """The connector goes; its documents stay, unless they are to be removed with it."""
    await ingestion.connectors.store.delete(caller.identity, connector_id, remove_documents=remove_documents)
    await waker.wake()
