"""Making a collection anew, with another embedder or cut otherwise, while it answers."""

from fastapi import APIRouter

from ragstone_contracts.reindexing import NewReindex, Reindex
from ragstone_gateway.dependencies import Reader, ServicesDependency, Writer

router = APIRouter(prefix="/v1/collections/{collection_id}/reindex", tags=["collections"])


@router.post("", status_code=202)
async def reindex(collection_id: str, wanted: NewReindex, caller: Writer, services: ServicesDependency) -> Reindex:
    """Embed or cut all documents anew into a second index; when it is complete, it answers instead of the first."""
    return await services.ingestion.reindex(caller, collection_id, wanted)


@router.get("")
async def get_reindex(collection_id: str, caller: Reader, services: ServicesDependency) -> Reindex:
    """Where the collection's last reindexing stands."""
    return await services.ingestion.get_reindex(caller, collection_id)


@router.delete("")
async def cancel_reindex(collection_id: str, caller: Writer, services: ServicesDependency) -> Reindex:
    """Give the new index up, unless it answers already."""
    return await services.ingestion.cancel_reindex(caller, collection_id)
