"""Making collections anew, for the caller the identity token names."""

from fastapi import APIRouter

from ragstone_contracts.reindexing import NewReindex, Reindex
from ragstone_ingestion.dependencies import CollectionInPath, IngestionDependency, WakerDependency
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1/collections/{collection}/reindex", tags=["collections"])


@router.post("", status_code=202)
async def reindex(
    collection: CollectionInPath,
    wanted: NewReindex,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
) -> Reindex:
    begun = await ingestion.reindexing.requests.request(caller.identity, collection, wanted)
    await waker.wake()
    return begun


@router.get("")
async def get_reindex(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency
) -> Reindex:
    return await ingestion.reindexing.requests.get(caller.identity, collection)


@router.delete("")
async def cancel_reindex(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency
) -> Reindex:
    cancelled = await ingestion.reindexing.requests.cancel(caller.identity, collection)
    await waker.wake()
    return cancelled
