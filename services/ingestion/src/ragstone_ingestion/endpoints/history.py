"""A collection through time, for the caller the identity token names."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from ragstone_contracts.history import CollectionDiff, NewSnapshot, Rollback, RollbackRequest, Snapshot, SnapshotList
from ragstone_ingestion.dependencies import CollectionInPath, IngestionDependency, WakerDependency, known_id
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1/collections/{collection}", tags=["history"])


async def _states(
    from_: Annotated[str, Query(alias="from", max_length=120)], to: Annotated[str | None, Query(max_length=120)] = None
) -> tuple[str, str | None]:
    return known_id(from_), None if to is None else known_id(to)


@router.post("/snapshots", status_code=201)
async def take_snapshot(
    collection: CollectionInPath, new: NewSnapshot, caller: CallerDependency, ingestion: IngestionDependency
) -> Snapshot:
    return await ingestion.history.take(caller.identity, collection, new)


@router.get("/snapshots")
async def list_snapshots(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency
) -> SnapshotList:
    return SnapshotList(snapshots=await ingestion.history.list(caller.identity, collection))


@router.delete("/snapshots/{name}", status_code=204)
async def delete_snapshot(
    collection: CollectionInPath,
    name: str,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
) -> None:
    await ingestion.history.delete(caller.identity, collection, known_id(name))
    await waker.wake()


@router.get("/diff")
async def diff(
    collection: CollectionInPath,
    states: Annotated[tuple[str, str | None], Depends(_states)],
    caller: CallerDependency,
    ingestion: IngestionDependency,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CollectionDiff:
    """What changed from one state to another, or to the present."""
    return await ingestion.history.diff(caller.identity, collection, states, limit)


@router.post("/rollback", status_code=202)
async def roll_back(
    collection: CollectionInPath,
    wanted: RollbackRequest,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
) -> Rollback:
    """Queries see the old state when this answers."""
    begun = await ingestion.history.roll_back(caller.identity, collection, known_id(str(wanted.to)))
    await waker.wake()
    return begun


@router.get("/rollback")
async def get_rollback(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency
) -> Rollback:
    """The rollback under way, or the last one."""
    return await ingestion.history.last_rollback(caller.identity, collection)


@router.post("/rollback/undo", status_code=202)
async def undo_rollback(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency
) -> Rollback:
    """Go back to what queries saw before the last rollback."""
    begun = await ingestion.history.undo(caller.identity, collection)
    await waker.wake()
    return begun
