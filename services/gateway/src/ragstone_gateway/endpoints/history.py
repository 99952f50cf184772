"""Collections through time."""

from typing import Annotated

from fastapi import APIRouter, Query

from ragstone_clients.history import CollectionHistory
from ragstone_contracts.history import (
    CollectionDiff,
    NewSnapshot,
    RankingDiff,
    RankingRequest,
    Rollback,
    RollbackRequest,
    Snapshot,
    SnapshotList,
)
from ragstone_gateway.dependencies import Reader, ServicesDependency, Writer

router = APIRouter(prefix="/v1/collections/{collection}", tags=["history"])


@router.post("/snapshots", status_code=201)
async def take_snapshot(collection: str, new: NewSnapshot, caller: Writer, services: ServicesDependency) -> Snapshot:
    """Name what searches see now, and keep all of it until the snapshot is deleted."""
    return await services.ingestion.history(caller, collection).take_snapshot(new.name)


@router.get("/snapshots")
async def list_snapshots(collection: str, caller: Reader, services: ServicesDependency) -> SnapshotList:
    return SnapshotList(snapshots=await services.ingestion.history(caller, collection).list_snapshots())


@router.delete("/snapshots/{name}", status_code=204)
async def delete_snapshot(collection: str, name: str, caller: Writer, services: ServicesDependency) -> None:
    """What only this snapshot kept is removed."""
    await services.ingestion.history(caller, collection).delete_snapshot(name)


@router.get("/diff")
async def diff(
    collection: str,
    caller: Reader,
    services: ServicesDependency,
    from_: Annotated[str, Query(alias="from", max_length=120)],
    to: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CollectionDiff:
    """What changed in the documents you may see, from one state to another or to the present.

    A state is a snapshot, a sequence or an ISO 8601 time.
    """
    return await services.ingestion.history(caller, collection).diff(from_, to, limit=limit)


@router.post("/diff")
async def compare_rankings(
    collection: str, request: RankingRequest, caller: Reader, services: ServicesDependency
) -> RankingDiff:
    """What entered, left and moved in the results of your queries, from one state to another or to the present."""
    return await CollectionHistory(services.retrieval, caller, collection).compare_rankings(request)


@router.post("/rollback", status_code=202)
async def roll_back(collection: str, wanted: RollbackRequest, caller: Writer, services: ServicesDependency) -> Rollback:
    """Searches see the old state when this answers; the documents follow. `before` is the snapshot that undoes it."""
    return await services.ingestion.history(caller, collection).roll_back(wanted.to)


@router.get("/rollback")
async def get_rollback(collection: str, caller: Reader, services: ServicesDependency) -> Rollback:
    """The rollback under way, or the last one."""
    return await services.ingestion.history(caller, collection).last_rollback()


@router.post("/rollback/undo", status_code=202)
async def undo_rollback(collection: str, caller: Writer, services: ServicesDependency) -> Rollback:
    """Go back to what searches saw before the last rollback."""
    return await services.ingestion.history(caller, collection).undo_rollback()
