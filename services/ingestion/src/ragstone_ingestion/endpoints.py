"""The internal API: collections and documents, for the caller the identity token names."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from ragstone_contracts.documents import (
    Collection,
    CollectionList,
    DeleteReceipt,
    Document,
    DocumentAccepted,
    DocumentList,
    DocumentText,
    NewCollection,
    RangeLocations,
    ReadBoxes,
)
from ragstone_ingestion.dependencies import (
    ArrivalDependency,
    CollectionInPath,
    CollectionInQuery,
    DocumentId,
    IngestionDependency,
    WakerDependency,
)
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1")


@router.post("/collections", status_code=201, tags=["collections"])
async def create_collection(new: NewCollection, caller: CallerDependency, ingestion: IngestionDependency) -> Collection:
    ingestion.chunker_for(new.settings)
    return await ingestion.collections.create(caller.identity, new)


@router.get("/collections", tags=["collections"])
async def list_collections(caller: CallerDependency, ingestion: IngestionDependency) -> CollectionList:
    return CollectionList(collections=await ingestion.collections.list(caller.identity))


@router.get("/collections/{collection}", tags=["collections"])
async def get_collection(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency
) -> Collection:
    return await ingestion.collections.find(caller.identity, collection)


@router.delete("/collections/{collection}", status_code=204, tags=["collections"])
async def delete_collection(
    collection: CollectionInPath, caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency
) -> None:
    await ingestion.collections.delete(caller.identity, collection)
    await waker.wake()


@router.post("/documents", status_code=202, tags=["documents"])
async def upload(
    collection: CollectionInQuery,
    arrival: ArrivalDependency,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
) -> DocumentAccepted:
    """The body is the file itself."""
    found = await ingestion.collections.find(caller.identity, collection)
    accepted = await ingestion.uploads.take(caller.identity, found, arrival)
    await waker.wake()
    return accepted


@router.get("/documents", tags=["documents"])
async def list_documents(
    collection: CollectionInQuery, caller: CallerDependency, ingestion: IngestionDependency
) -> DocumentList:
    found = await ingestion.collections.find(caller.identity, collection)
    return DocumentList(documents=await ingestion.documents.list(caller.identity, found.id))


@router.get("/documents/{document_id}", tags=["documents"])
async def get_document(document_id: DocumentId, caller: CallerDependency, ingestion: IngestionDependency) -> Document:
    return await ingestion.documents.get(caller.identity, document_id)


@router.get("/documents/{document_id}/text", tags=["documents"])
async def get_text(
    document_id: DocumentId,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    version: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    start: Annotated[int | None, Query(ge=0)] = None,
    end: Annotated[int | None, Query(ge=0)] = None,
) -> DocumentText:
    return await ingestion.reading.text(caller.identity, document_id, version, start, end)


@router.get("/documents/{document_id}/file", tags=["documents"], response_class=StreamingResponse)
async def get_file(
    document_id: DocumentId, caller: CallerDependency, ingestion: IngestionDependency
) -> StreamingResponse:
    newest = await ingestion.reading.newest(caller.identity, document_id)
    headers = {
        "content-length": str(newest.size),
        "content-disposition": f"attachment; filename*=utf-8''{quote(newest.filename, safe='')}",
        "x-content-type-options": "nosniff",
    }
    body = ingestion.stores.objects.stream(newest.original_key)
    return StreamingResponse(body, media_type=newest.media_type, headers=headers)


@router.post("/documents/{document_id}/locate", tags=["documents"])
async def locate(
    document_id: DocumentId, wanted: ReadBoxes, caller: CallerDependency, ingestion: IngestionDependency
) -> RangeLocations:
    return await ingestion.reading.locate(caller.identity, document_id, wanted)


@router.delete("/documents/{document_id}", tags=["documents"])
async def delete_document(
    document_id: DocumentId,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
    erase: bool = False,
) -> DeleteReceipt:
    """Gone for every reader at once. With ``erase`` the answer waits until it is gone from every store too."""
    requested = await ingestion.deletion.request(caller.identity, document_id)
    if erase:
        await ingestion.worker.finish(requested.job_id, caller.seconds_left())
    else:
        await waker.wake()
    return await ingestion.deletion.receipt(requested)
