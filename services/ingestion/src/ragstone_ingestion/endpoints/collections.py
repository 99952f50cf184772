"""Collections, for the caller the identity token names."""

from typing import Annotated

from fastapi import APIRouter, Query

from ragstone_contracts.documents import Collection, CollectionList, NewCollection
from ragstone_contracts.fields import MOST_VALUES, USUAL_VALUES, CollectionFields
from ragstone_ingestion.dependencies import AsOf, CollectionInPath, IngestionDependency, WakerDependency
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1/collections", tags=["collections"])


@router.post("", status_code=201)
async def create_collection(new: NewCollection, caller: CallerDependency, ingestion: IngestionDependency) -> Collection:
    ingestion.parser.check(new.settings.parser)
    ingestion.chunker_for(new.settings)
    return await ingestion.collections.create(caller.identity, new)


@router.get("")
async def list_collections(caller: CallerDependency, ingestion: IngestionDependency, as_of: AsOf) -> CollectionList:
    return CollectionList(collections=await ingestion.collections.list(caller.identity, as_of))


@router.get("/{collection}")
async def get_collection(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency, as_of: AsOf
) -> Collection:
    """With ``as_of`` its sequence is the one it had then: at a snapshot, a sequence or an ISO 8601 time."""
    return await ingestion.collections.find(caller.identity, collection, as_of)


@router.get("/{collection}/fields")
async def list_fields(
    collection: CollectionInPath,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    values: Annotated[int, Query(ge=0, le=MOST_VALUES)] = USUAL_VALUES,
) -> CollectionFields:
    return await ingestion.fields.of_collection(caller.identity, collection, values)


@router.delete("/{collection}", status_code=204)
async def delete_collection(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency
) -> None:
    await ingestion.collections.delete(caller.identity, collection)
    await waker.wake()
