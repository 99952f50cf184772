"""Documents: upload, state, text, original, deletion."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from ragstone_contracts.documents import DeleteReceipt, Document, DocumentAccepted, DocumentList, DocumentText
from ragstone_contracts.jobs import DocumentDecisions
from ragstone_contracts.sharing import DocumentChanged, DocumentUpdate
from ragstone_gateway.dependencies import Reader, ServicesDependency, SettingsDependency, Writer
from ragstone_gateway.upload_form import read_upload

router = APIRouter(prefix="/v1/documents", tags=["documents"])

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "collection"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "collection": {"type": "string", "description": "Name or id."},
                        "acl": {"type": "string", "description": "JSON list of '*', 'user:ID' and 'group:ID'."},
                        "metadata": {"type": "string", "description": "JSON object."},
                    },
                }
            }
        },
    }
}


@router.post("", status_code=202, openapi_extra=_FORM)
async def upload_document(
    request: Request, caller: Writer, services: ServicesDependency, settings: SettingsDependency
) -> DocumentAccepted:
    async with read_upload(request, settings.max_upload_mb) as upload:
        return await services.ingestion.upload(caller, upload)


@router.get("")
async def list_documents(collection: str, caller: Reader, services: ServicesDependency) -> DocumentList:
    return await services.ingestion.list_documents(caller, collection)


@router.get("/{document_id}")
async def get_document(document_id: str, caller: Reader, services: ServicesDependency) -> Document:
    return await services.ingestion.get_document(caller, document_id)


@router.get("/{document_id}/why")
async def explain(document_id: str, caller: Reader, services: ServicesDependency) -> DocumentDecisions:
    """What was decided about the document, by which facts, and what it waits for."""
    return await services.ingestion.explain(caller, document_id)


@router.get("/{document_id}/text")
async def get_text(
    document_id: str,
    caller: Reader,
    services: ServicesDependency,
    version: Annotated[int | None, Query(ge=1)] = None,
    start: Annotated[int | None, Query(ge=0)] = None,
    end: Annotated[int | None, Query(ge=0)] = None,
) -> DocumentText:
    """Part of the canonical text of a version, all of the active one by default; offsets count code points."""
    return await services.ingestion.get_text(caller, document_id, version=version, start=start, end=end)


@router.get("/{document_id}/file", response_class=StreamingResponse)
async def get_file(document_id: str, caller: Reader, services: ServicesDependency) -> StreamingResponse:
    """The original as it was uploaded, always as a download: it is untrusted and this origin holds the session."""
    stack = AsyncExitStack()
    response = await stack.enter_async_context(services.ingestion.open_file(caller, document_id))

    async def body() -> AsyncIterator[bytes]:
        async with stack:
            async for chunk in response.chunks():
                yield chunk

    kept = {
        name: response.headers[name] for name in ("content-length", "content-disposition") if name in response.headers
    }
    headers = {"content-disposition": "attachment", **kept, "x-content-type-options": "nosniff"}
    return StreamingResponse(body(), headers=headers, media_type=response.headers.get("content-type"))


@router.patch("/{document_id}")
async def change_document(
    document_id: str, change: DocumentUpdate, caller: Writer, services: ServicesDependency
) -> DocumentChanged:
    """Other readers, another collection, or both."""
    return await services.ingestion.change_document(caller, document_id, change)


@router.delete("/{document_id}")
async def delete_document(
    document_id: str, caller: Writer, services: ServicesDependency, erase: bool = False
) -> DeleteReceipt:
    return await services.ingestion.delete_document(caller, document_id, erase=erase)
