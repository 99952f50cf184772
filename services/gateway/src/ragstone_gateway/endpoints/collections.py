"""Collections."""

from fastapi import APIRouter

from ragstone_contracts.documents import Collection, CollectionList, NewCollection
from ragstone_contracts.fields import CollectionFields
from ragstone_gateway.dependencies import Reader, ServicesDependency, Writer

router = APIRouter(prefix="/v1/collections", tags=["collections"])


@router.post("", status_code=201)
async def create_collection(new: NewCollection, caller: Writer, services: ServicesDependency) -> Collection:
    return await services.ingestion.create_collection(caller, new)


@router.get("")
async def list_collections(caller: Reader, services: ServicesDependency) -> CollectionList:
    return await services.ingestion.list_collections(caller)


@router.get("/{collection_id}/fields")
async def list_fields(collection_id: str, caller: Reader, services: ServicesDependency) -> CollectionFields:
    return await services.ingestion.list_fields(caller, collection_id)


@router.delete("/{collection_id}", status_code=204)
async def delete_collection(collection_id: str, caller: Writer, services: ServicesDependency) -> None:
    await services.ingestion.delete_collection(caller, collection_id)
