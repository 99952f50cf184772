"""The public API, as the command line and the evaluations use it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlencode

from ragstone_clients.agents import CHAT_EVENTS
from ragstone_clients.history import CollectionHistory
from ragstone_clients.ingestion import job_path, jobs_query
from ragstone_clients.multipart import File, Multipart
from ragstone_contracts.chat import Answer, ChatEvent, ChatRequest
from ragstone_contracts.connectors import (
    Connector,
    ConnectorItemList,
    ConnectorList,
    ItemState,
    NewConnector,
    SyncAccepted,
    SyncRequest,
)
from ragstone_contracts.context import ContextRequest, ContextResponse
from ragstone_contracts.documents import (
    Collection,
    CollectionList,
    DeleteReceipt,
    Document,
    DocumentAccepted,
    DocumentList,
    DocumentState,
    DocumentText,
    NewCollection,
)
from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, UpstreamError
from ragstone_contracts.fields import USUAL_VALUES, CollectionFields
from ragstone_contracts.health import Readiness
from ragstone_contracts.jobs import DocumentDecisions, Job, JobFilter, JobList, Requeued, RequeueRequest
from ragstone_contracts.maintenance import ReconcileReport
from ragstone_contracts.reindexing import NewReindex, Reindex
from ragstone_contracts.search import SearchRequest, SearchResponse
from ragstone_contracts.sharing import CollectionChanged, CollectionUpdate, DocumentChanged, DocumentUpdate
from ragstone_contracts.usage import UsageQuery, UsageReport
from ragstone_contracts.why_not import WhyNot, WhyNotRequest
from ragstone_kit import sse
from ragstone_kit.service_client import ServiceClient, error_of
from ragstone_kit.transport import AiohttpTransport, Request, Response, Transport

_FIRST_POLL, _LONGEST_POLL = 0.05, 1.0

OnProgress = Callable[[Document], None]


class DocumentNotReady(RagstoneError):
    """Ingestion ended without a searchable document; ``detail`` holds the document's own error."""

    status, code, title = 422, "document_not_ready", "The document could not be ingested"


@dataclass(frozen=True)
class _Keyed:
    """A transport that shows an API key with every request."""

    inner: Transport
    api_key: str

    def send(self, request: Request) -> AbstractAsyncContextManager[Response]:
        headers = {**request.headers, "authorization": f"Bearer {self.api_key}"}
        return self.inner.send(replace(request, headers=headers))

    async def close(self) -> None:
        await self.inner.close()


class GatewayClient:
    """Calls the public API with one API key; an error answer is raised as the RagstoneError it was.

    ``timeout`` in seconds bounds the wait for each answer and for each piece of it.
    """

    def __init__(self, transport: Transport, api_key: str, *, timeout: float = 60.0) -> None:
        self._transport = _Keyed(transport, api_key)
        self._timeout = timeout
        self._service = ServiceClient(self._transport, timeout=timeout)

    @classmethod
    def at(cls, url: str, api_key: str, *, timeout: float = 60.0) -> "GatewayClient":
        """A client of the gateway at a base URL."""
        return cls(AiohttpTransport(url), api_key, timeout=timeout)

    async def __aenter__(self) -> "GatewayClient":
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

    async def readyz(self) -> Readiness:
        """Whether a question can be answered now, and what stands in the way. Raises Unavailable if nothing listens."""
        async with self._transport.send(Request("GET", "/readyz", timeout=self._timeout)) as response:
            if response.status not in (200, 503):
                raise await error_of(response)
            return Readiness.model_validate_json(await response.read())

    async def create_collection(self, new: NewCollection) -> Collection:
        return await self._service.post(None, "/v1/collections", new, Collection)

    async def list_collections(self) -> list[Collection]:
        return (await self._service.get(None, "/v1/collections", CollectionList)).collections

    async def list_fields(self, collection_id: str, *, values: int = USUAL_VALUES) -> CollectionFields:
        """What searches in the collection can be filtered by, with so many values of each field."""
        path = f"/v1/collections/{quote(collection_id, safe='')}/fields?values={values}"
        return await self._service.get(None, path, CollectionFields)

    async def reindex(self, collection: str, wanted: NewReindex) -> Reindex:
        """Embed or cut a collection, named by id or name, anew. Raises Conflict while another has not ended."""
        return await self._service.post(None, _reindex(collection), wanted, Reindex)

    async def get_reindex(self, collection: str) -> Reindex:
        """Where its last reindexing stands. Raises NotFound, also when there was none."""
        return await self._service.get(None, _reindex(collection), Reindex)

    async def cancel_reindex(self, collection: str) -> Reindex:
        """Raises Conflict when the new index answers already."""
        return Reindex.model_validate_json(await self._service.delete(None, _reindex(collection)))

    def history(self, collection: str) -> CollectionHistory:
        """Snapshots, differences and rollbacks of a collection."""
        return CollectionHistory(self._service, None, collection)

    async def change_collection(self, collection: str, change: CollectionUpdate) -> CollectionChanged:
        path = f"/v1/collections/{quote(collection, safe='')}"
        return await self._service.patch(None, path, change, CollectionChanged)

    async def change_document(self, document_id: str, change: DocumentUpdate) -> DocumentChanged:
        return await self._service.patch(None, _document(document_id), change, DocumentChanged)

    async def delete_collection(self, collection_id: str) -> None:
        await self._service.delete(None, f"/v1/collections/{quote(collection_id, safe='')}")

    async def upload(
        self, file: File, collection: str, *, acl: list[str] | None = None, metadata: dict[str, Any] | None = None
    ) -> DocumentAccepted:
        """Stream a file into a collection, named by id or name. Raises TooLarge, InvalidRequest or NotFound."""
        fields = {"collection": collection}
        if acl is not None:
            fields["acl"] = json.dumps(acl)
        if metadata is not None:
            fields["metadata"] = json.dumps(metadata)
        form = Multipart(fields, file)
        async with self._service.open(None, "POST", "/v1/documents", form.body(), form.headers()) as response:
            return DocumentAccepted.model_validate_json(await response.read())

    async def list_documents(self, collection: str) -> list[Document]:
        path = "/v1/documents?" + urlencode({"collection": collection})
        return (await self._service.get(None, path, DocumentList)).documents

    async def get_document(self, document_id: str) -> Document:
        return await self._service.get(None, _document(document_id), Document)

    async def wait_until_ready(
        self, document_id: str, *, seconds: float = 600.0, on_progress: OnProgress | None = None
    ) -> Document:
        """The document once it answers questions. ``on_progress`` is told where it stands after each look.

        Raises DocumentNotReady when it was rejected or failed, DeadlineExceeded after ``seconds``.
        """
        give_up, pause = time.monotonic() + seconds, _FIRST_POLL
        while True:
            document = await self.get_document(document_id)
            if on_progress is not None:
                on_progress(document)
            if document.state is DocumentState.READY:
                return document
            if document.state in (DocumentState.FAILED, DocumentState.REJECTED):
                raise _not_ready(document)
            if time.monotonic() + pause > give_up:
                raise DeadlineExceeded(f"{document.title!r} is still {document.state} after {seconds:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)

    async def get_text(
        self, document_id: str, *, version: int | None = None, start: int | None = None, end: int | None = None
    ) -> DocumentText:
        """A range of the canonical text of one version, in code points; by default all of the active one."""
        wanted = {"version": version, "start": start, "end": end}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return await self._service.get(None, _document(document_id, f"/text?{query}"), DocumentText)

    async def delete_document(self, document_id: str, *, erase: bool = False) -> DeleteReceipt:
        path = _document(document_id, f"?erase={str(erase).lower()}")
        return DeleteReceipt.model_validate_json(await self._service.delete(None, path))

    async def create_connector(self, new: NewConnector) -> Connector:
        return await self._service.post(None, "/v1/connectors", new, Connector)

    async def list_connectors(self) -> list[Connector]:
        return (await self._service.get(None, "/v1/connectors", ConnectorList)).connectors

    async def get_connector(self, connector_id: str) -> Connector:
        return await self._service.get(None, _connector(connector_id), Connector)

    async def sync_connector(self, connector_id: str, asked: SyncRequest) -> SyncAccepted:
        return await self._service.post(None, _connector(connector_id, "/sync"), asked, SyncAccepted)

    async def list_connector_items(
        self, connector_id: str, *, state: ItemState | None = None, cursor: str | None = None, limit: int = 100
    ) -> ConnectorItemList:
        wanted = {"state": state, "cursor": cursor, "limit": limit}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return await self._service.get(None, _connector(connector_id, f"/items?{query}"), ConnectorItemList)

    async def delete_connector(self, connector_id: str, *, remove_documents: bool = False) -> None:
        path = _connector(connector_id, f"?remove_documents={str(remove_documents).lower()}")
        await self._service.delete(None, path)

    async def reconcile(self, *, dry_run: bool = False) -> ReconcileReport:
        """Put the stores in order as far as they are the caller's tenant's; a dry run only counts."""
        path = f"/v1/maintenance/reconcile?dry_run={str(dry_run).lower()}"
        return await self._service.post(None, path, None, ReconcileReport)

    async def explain(self, document_id: str) -> DocumentDecisions:
        """Every decision that was made about a document, and what it waits for."""
        return await self._service.get(None, _document(document_id, "/why"), DocumentDecisions)

    async def list_jobs(self, wanted: JobFilter, *, limit: int = 50, cursor: str | None = None) -> JobList:
        return await self._service.get(None, "/v1/jobs?" + jobs_query(wanted, limit, cursor), JobList)

    async def get_job(self, job_id: str) -> Job:
        return await self._service.get(None, job_path(job_id), Job)

    async def requeue_job(self, job_id: str) -> Job:
        """New attempts for a dead letter. Raises NotFound, or Conflict when it is none."""
        return await self._service.post(None, job_path(job_id, "/requeue"), None, Job)

    async def requeue_jobs(self, wanted: RequeueRequest) -> Requeued:
        return await self._service.post(None, "/v1/jobs/requeue", wanted, Requeued)

    async def search(self, request: SearchRequest) -> SearchResponse:
        return await self._service.post(None, "/v1/search", request, SearchResponse)

    async def usage(self, query: UsageQuery) -> UsageReport:
        """What the tenant's questions used and cost."""
        fields = query.model_dump(exclude_none=True)
        return await self._service.get(None, f"/v1/usage?{urlencode(fields, doseq=True)}", UsageReport)

    async def why_not(self, request: WhyNotRequest) -> WhyNot:
        """Why a search does not find a document. Raises NotFound for one that the key's owner may not see."""
        return await self._service.post(None, "/v1/search/why-not", request, WhyNot)

    async def assemble_context(self, request: ContextRequest) -> ContextResponse:
        """What a search finds, as blocks within a budget of tokens that a model can be shown as they are."""
        return await self._service.post(None, "/v1/context", request, ContextResponse)

    async def chat(self, request: ChatRequest) -> Answer:
        """The whole answer at once, whatever the request says about streaming."""
        whole = request.model_copy(update={"stream": False})
        return await self._service.post(None, "/v1/chat", whole, Answer)

    async def chat_stream(self, request: ChatRequest) -> AsyncIterator[ChatEvent]:
        """The events of an answer as they come; the last is ``done`` or ``error``.

        Raises UpstreamError when the stream ends before either.
        """
        body = request.model_copy(update={"stream": True}).model_dump_json().encode()
        async with self._service.open(None, "POST", "/v1/chat", body) as response:
            async for received in sse.decode(response.chunks()):
                event = CHAT_EVENTS.validate_json(received.data)
                yield event
                if event.type in ("done", "error"):
                    return
        raise UpstreamError("the answer's stream ended before its last event")


def _not_ready(document: Document) -> DocumentNotReady:
    error = document.error
    reason = f"{error.code}: {error.detail}" if error else "no reason given"
    return DocumentNotReady(f"{document.title!r} is {document.state}: {reason}", document_id=document.document_id)


def _connector(connector_id: str, rest: str = "") -> str:
    return f"/v1/connectors/{quote(connector_id, safe='')}{rest}"


def _document(document_id: str, rest: str = "") -> str:
    return f"/v1/documents/{quote(document_id, safe='')}{rest}"


def _reindex(collection: str) -> str:
    return f"/v1/collections/{quote(collection, safe='')}/reindex"
