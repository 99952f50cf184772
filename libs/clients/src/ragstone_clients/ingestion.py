"""The ingestion service: collections, documents and their canonical text."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from ragstone_clients.history import CollectionHistory
from ragstone_contracts.connectors import (
    Connector,
    ConnectorItemList,
    ConnectorList,
    ItemState,
    NewConnector,
    SyncAccepted,
    SyncRequest,
)
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
from ragstone_contracts.fields import USUAL_VALUES, CollectionFields
from ragstone_contracts.jobs import DocumentDecisions, Job, JobFilter, JobList, Requeued, RequeueRequest
from ragstone_contracts.maintenance import ReconcileReport
from ragstone_contracts.reindexing import NewReindex, Reindex
from ragstone_contracts.sharing import CollectionChanged, CollectionUpdate, DocumentChanged, DocumentUpdate
from ragstone_kit.identity import Caller
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import Response


@dataclass(frozen=True)
class Upload:
    """A file on its way in. ``acl`` None takes everyone who may see the collection; ``collection`` is an id or name."""

    collection: str
    filename: str
    content: bytes | AsyncIterator[bytes]
    media_type: str | None = None
    acl: list[str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class IngestionClient(ServiceClient):
    async def create_collection(self, caller: Caller, new: NewCollection) -> Collection:
        return await self.post(caller, "/v1/collections", new, Collection)

    async def list_collections(self, caller: Caller, *, as_of: str | None = None) -> CollectionList:
        """At an ISO 8601 time each has the sequence that it had then. Raises GoneVersion's problem, InvalidRequest."""
        return await self.get(caller, "/v1/collections" + _as_of(as_of), CollectionList)

    async def get_collection(self, caller: Caller, name_or_id: str, *, as_of: str | None = None) -> Collection:
        """``as_of`` a snapshot, a sequence or an ISO 8601 time its sequence is the one it had then."""
        return await self.get(caller, f"/v1/collections/{quote(name_or_id, safe='')}{_as_of(as_of)}", Collection)

    async def list_fields(self, caller: Caller, collection_id: str, *, values: int = USUAL_VALUES) -> CollectionFields:
        """The metadata fields of the documents in it that the caller may see, with so many values of each."""
        path = f"/v1/collections/{quote(collection_id, safe='')}/fields?values={values}"
        return await self.get(caller, path, CollectionFields)

    def history(self, caller: Caller, collection: str) -> CollectionHistory:
        """Snapshots, differences and rollbacks of a collection."""
        return CollectionHistory(self, caller, collection)

    async def change_collection(self, caller: Caller, collection: str, change: CollectionUpdate) -> CollectionChanged:
        """Raises NotFound, or Conflict for a name that is taken or an access list that leaves the caller out."""
        return await self.patch(caller, f"/v1/collections/{quote(collection, safe='')}", change, CollectionChanged)

    async def change_document(self, caller: Caller, document_id: str, change: DocumentUpdate) -> DocumentChanged:
        """Raises NotFound, or Conflict for a move that is not possible now or a list that leaves the caller out."""
        return await self.patch(caller, _document(document_id), change, DocumentChanged)

    async def delete_collection(self, caller: Caller, collection_id: str) -> None:
        await self.delete(caller, f"/v1/collections/{quote(collection_id, safe='')}")

    async def reindex(self, caller: Caller, collection_id: str, wanted: NewReindex) -> Reindex:
        """Raises NotFound, InvalidRequest, Conflict while another reindexing has not ended, or the embedder's error."""
        return await self.post(caller, _reindex(collection_id), wanted, Reindex)

    async def get_reindex(self, caller: Caller, collection_id: str) -> Reindex:
        """Where the collection's last reindexing stands. Raises NotFound, also when there was none."""
        return await self.get(caller, _reindex(collection_id), Reindex)

    async def cancel_reindex(self, caller: Caller, collection_id: str) -> Reindex:
        """Raises NotFound, or Conflict when the new index answers already."""
        return Reindex.model_validate_json(await self.delete(caller, _reindex(collection_id)))

    async def upload(self, caller: Caller, upload: Upload) -> DocumentAccepted:
        """Send a file as it comes. Raises TooLarge, InvalidRequest or NotFound (no such collection)."""
        query = {"collection": upload.collection, "filename": upload.filename}
        if upload.media_type:
            query["media_type"] = upload.media_type
        headers = {"content-type": "application/octet-stream", "x-ragstone-metadata": json.dumps(upload.metadata)}
        if upload.acl is not None:
            headers["x-ragstone-acl"] = json.dumps(upload.acl)
        path = "/v1/documents?" + urlencode(query)
        async with self.open(caller, "POST", path, upload.content, headers) as response:
            return DocumentAccepted.model_validate_json(await response.read())

    async def list_documents(self, caller: Caller, collection: str) -> DocumentList:
        return await self.get(caller, "/v1/documents?" + urlencode({"collection": collection}), DocumentList)

    async def get_document(self, caller: Caller, document_id: str) -> Document:
        return await self.get(caller, _document(document_id), Document)

    async def get_text(
        self,
        caller: Caller,
        document_id: str,
        *,
        version: int | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> DocumentText:
        """A range of the canonical text of one version; by default all of the active one."""
        wanted = {"version": version, "start": start, "end": end}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return await self.get(caller, _document(document_id, f"/text?{query}"), DocumentText)

    def open_file(self, caller: Caller, document_id: str) -> AbstractAsyncContextManager[Response]:
        """The original bytes of the newest version, streamed; the media type stands in the headers."""
        return self.open(caller, "GET", _document(document_id, "/file"))

    async def locate(self, caller: Caller, document_id: str, wanted: ReadBoxes) -> RangeLocations:
        """The text, page and boxes of ranges of a version. Raises InvalidRequest for a range outside the text."""
        return await self.post(caller, _document(document_id, "/locate"), wanted, RangeLocations)

    async def delete_document(self, caller: Caller, document_id: str, *, erase: bool = False) -> DeleteReceipt:
        path = _document(document_id, f"?erase={str(erase).lower()}")
        return DeleteReceipt.model_validate_json(await self.delete(caller, path))

    async def reconcile(self, caller: Caller, *, dry_run: bool = False) -> ReconcileReport:
        """Put the stores in order as far as they are the caller's tenant's; a dry run only counts."""
        path = f"/v1/maintenance/reconcile?dry_run={str(dry_run).lower()}"
        return await self.post(caller, path, None, ReconcileReport)

    async def explain(self, caller: Caller, document_id: str) -> DocumentDecisions:
        """Every decision that was made about a document, and what it waits for."""
        return await self.get(caller, _document(document_id, "/why"), DocumentDecisions)

    async def list_jobs(
        self, caller: Caller, wanted: JobFilter, *, limit: int = 50, cursor: str | None = None
    ) -> JobList:
        return await self.get(caller, "/v1/jobs?" + jobs_query(wanted, limit, cursor), JobList)

    async def get_job(self, caller: Caller, job_id: str) -> Job:
        return await self.get(caller, job_path(job_id), Job)

    async def requeue_job(self, caller: Caller, job_id: str) -> Job:
        """New attempts for a dead letter. Raises NotFound, or Conflict when it is none."""
        return await self.post(caller, job_path(job_id, "/requeue"), None, Job)

    async def requeue_jobs(self, caller: Caller, wanted: RequeueRequest) -> Requeued:
        return await self.post(caller, "/v1/jobs/requeue", wanted, Requeued)

    async def create_connector(self, caller: Caller, new: NewConnector) -> Connector:
        """Raises NotFound, Conflict, InvalidRequest, or the error of a source that may not be read."""
        return await self.post(caller, "/v1/connectors", new, Connector)

    async def list_connectors(self, caller: Caller) -> ConnectorList:
        return await self.get(caller, "/v1/connectors", ConnectorList)

    async def get_connector(self, caller: Caller, connector_id: str) -> Connector:
        return await self.get(caller, _connector(connector_id), Connector)

    async def sync_connector(self, caller: Caller, connector_id: str, asked: SyncRequest) -> SyncAccepted:
        return await self.post(caller, _connector(connector_id, "/sync"), asked, SyncAccepted)

    async def list_connector_items(
        self,
        caller: Caller,
        connector_id: str,
        *,
        state: ItemState | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> ConnectorItemList:
        wanted = {"state": state, "cursor": cursor, "limit": limit}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        return await self.get(caller, _connector(connector_id, f"/items?{query}"), ConnectorItemList)

    async def delete_connector(self, caller: Caller, connector_id: str, *, remove_documents: bool = False) -> None:
        await self.delete(caller, _connector(connector_id, f"?remove_documents={str(remove_documents).lower()}"))


def _as_of(as_of: str | None) -> str:
    return "" if as_of is None else "?" + urlencode({"as_of": as_of})


def job_path(job_id: str, rest: str = "") -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}{rest}"


def jobs_query(wanted: JobFilter, limit: int, cursor: str | None) -> str:
    query = wanted.model_dump(mode="json", exclude_none=True) | {"limit": limit}
    return urlencode(query if cursor is None else query | {"cursor": cursor})


def _reindex(collection_id: str) -> str:
    return f"/v1/collections/{quote(collection_id, safe='')}/reindex"


def _connector(connector_id: str, rest: str = "") -> str:
    return f"/v1/connectors/{quote(connector_id, safe='')}{rest}"


def _document(document_id: str, rest: str = "") -> str:
    return f"/v1/documents/{quote(document_id, safe='')}{rest}"
