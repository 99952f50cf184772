"""Documents, for the caller the identity token names."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from ragstone_contracts.documents import (
    DeleteReceipt,
    Document,
    DocumentAccepted,
    DocumentList,
    DocumentText,
    RangeLocations,
    ReadBoxes,
)
from ragstone_contracts.jobs import DocumentDecisions
from ragstone_ingestion.dependencies import (
    ArrivalDependency,
    CollectionInQuery,
    DocumentId,
    IngestionDependency,
    WakerDependency,
)
from ragstone_kit.caller import CallerDependency

_MOST_SECONDS = 2.0
"""How long a plain deletion waits for its own end: what was deleted should not be found by the next search."""

router = APIRouter(prefix="/v1/documents", tags=["documents"])


@router.post("", status_code=202)
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


@router.get("")
async def list_documents(
    collection: CollectionInQuery, caller: CallerDependency, ingestion: IngestionDependency
) -> DocumentList:
    found = await ingestion.collections.find(caller.identity, collection)
    return DocumentList(documents=await ingestion.documents.list(caller.identity, found.id))


@router.get("/{document_id}")
async def get_document(document_id: DocumentId, caller: CallerDependency, ingestion: IngestionDependency) -> Document:
    return await ingestion.documents.get(caller.identity, document_id)


@router.get("/{document_id}/why")
async def explain(
    document_id: DocumentId, caller: CallerDependency, ingestion: IngestionDependency
) -> DocumentDecisions:
    """What was decided about the document, and what it waits for."""
    return await ingestion.why.about(caller.identity, document_id)


@router.get("/{document_id}/text")
async def get_text(
    document_id: DocumentId,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    version: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
    start: Annotated[int | None, Query(ge=0)] = None,
    end: Annotated[int | None, Query(ge=0)] = None,
) -> DocumentText:
    return await ingestion.reading.text(caller.identity, document_id, version, start, end)


@router.get("/{document_id}/file", response_class=StreamingResponse)
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


@router.post("/{document_id}/locate")
async def locate(
    document_id: DocumentId, wanted: ReadBoxes, caller: CallerDependency, ingestion: IngestionDependency
) -> RangeLocations:
    return await ingestion.reading.locate(caller.identity, document_id, wanted)


@router.delete("/{document_id}")
async def delete_document(
    document_id: DocumentId,
    caller: CallerDependency,
    ingestion: IngestionDependency,
    waker: WakerDependency,
    erase: bool = False,
) -> DeleteReceipt:
    """Gone for every reader. With ``erase`` the answer waits until it is gone from every store too."""
    requested = await ingestion.deletion.request(caller.identity, document_id, erase=erase)
    if erase:
        await ingestion.worker.finish(requested.job_id, caller.seconds_left())
    elif not await ingestion.worker.finished_within(requested.job_id, _MOST_SECONDS):
        await waker.wake()
    return await ingestion.deletion.receipt(requested)
