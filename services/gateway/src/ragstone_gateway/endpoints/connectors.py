"""Connectors: sources that a collection is kept in step with."""

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
from ragstone_gateway.dependencies import Reader, ServicesDependency, Writer

router = APIRouter(prefix="/v1/connectors", tags=["connectors"])


@router.post("", status_code=201)
async def create_connector(new: NewConnector, caller: Writer, services: ServicesDependency) -> Connector:
    """A connector that syncs by time is synced for the first time at once."""
    return await services.ingestion.create_connector(caller, new)


@router.get("")
async def list_connectors(caller: Reader, services: ServicesDependency) -> ConnectorList:
    return await services.ingestion.list_connectors(caller)


@router.get("/{connector_id}")
async def get_connector(connector_id: str, caller: Reader, services: ServicesDependency) -> Connector:
    return await services.ingestion.get_connector(caller, connector_id)


@router.post("/{connector_id}/sync", status_code=202)
async def sync_connector(
    connector_id: str, caller: Writer, services: ServicesDependency, asked: SyncRequest | None = None
) -> SyncAccepted:
    """Sync now; a sync that is queued or under way already is joined as it is."""
    return await services.ingestion.sync_connector(caller, connector_id, asked or SyncRequest())


@router.get("/{connector_id}/items")
async def list_items(
    connector_id: str,
    caller: Reader,
    services: ServicesDependency,
    state: ItemState | None = None,
    cursor: Annotated[str | None, Query(max_length=1200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ConnectorItemList:
    """What the source holds, item by item, and why one was skipped or failed."""
    return await services.ingestion.list_connector_items(caller, connector_id, state=state, cursor=cursor, limit=limit)


@router.delete("/{connector_id}", status_code=204)
async def delete_connector(
    connector_id: str, caller: Writer, services: ServicesDependency, remove_documents: bool = False
) -> None:
    """The connector goes; its documents stay, unless they are to be removed with it."""
    await services.ingestion.delete_connector(caller, connector_id, remove_documents=remove_documents)
