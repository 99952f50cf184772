"""Collections."""

from typing import Annotated

from fastapi import APIRouter, Query

from ragstone_contracts.documents import Collection, CollectionList, NewCollection
from ragstone_contracts.fields import MOST_VALUES, USUAL_VALUES, CollectionFields
from ragstone_contracts.sharing import CollectionChanged, CollectionUpdate
from ragstone_gateway.dependencies import Reader, ServicesDependency, Writer

router = APIRouter(prefix="/v1/collections", tags=["collections"])


@router.post("", status_code=201)
async def create_collection(new: NewCollection, caller: Writer, services: ServicesDependency) -> Collection:
    return await services.ingestion.create_collection(caller, new)


@router.get("")
async def list_collections(caller: Reader, services: ServicesDependency) -> CollectionList:
    found = await services.ingestion.list_collections(caller)
    # What a caller may not find is for retrieval to know, not for the caller.
    return CollectionList(collections=[one.model_copy(update={"withheld": []}) for one in found.collections])


@router.patch("/{collection_id}")
async def change_collection(
    collection_id: str, change: CollectionUpdate, caller: Writer, services: ServicesDependency
) -> CollectionChanged:
    """Another name, other readers, another way of searching."""
    return await services.ingestion.change_collection(caller, collection_id, change)


@router.get("/{collection_id}/fields")
async def list_fields(
    collection_id: str,
    caller: Reader,
    services: ServicesDependency,
    values: Annotated[int, Query(ge=0, le=MOST_VALUES)] = USUAL_VALUES,
) -> CollectionFields:
    """The metadata fields of the documents that you may see: kinds, how many documents, the most frequent values."""
    return await services.ingestion.list_fields(caller, collection_id, values=values)


@router.delete("/{collection_id}", status_code=204)
async def delete_collection(collection_id: str, caller: Writer, services: ServicesDependency) -> None:
    await services.ingestion.delete_collection(caller, collection_id)
