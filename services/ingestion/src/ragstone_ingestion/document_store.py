"""Documents and their versions, as far as a caller may see them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Join, Row, Select, select

from ragstone_contracts.documents import Document, DocumentError, DocumentState
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.metadata import Evidence
from ragstone_ingestion.forecast import Forecast
from ragstone_ingestion.history.lives import kept
from ragstone_ingestion.jobs import Clock, JobState
from ragstone_ingestion.tables import collections, documents, jobs, versions
from ragstone_ingestion.visibility import admitted, visible
from ragstone_kit.database import Database

_STATES = {
    JobState.QUEUED: DocumentState.QUEUED,
    JobState.DELAYED: DocumentState.QUEUED,
    JobState.CALLED_OFF: DocumentState.QUEUED,
    JobState.RUNNING: DocumentState.RUNNING,
    JobState.DONE: DocumentState.READY,
    JobState.FAILED: DocumentState.FAILED,
    JobState.REJECTED: DocumentState.REJECTED,
}


@dataclass(frozen=True)
class StoredVersion:
    """One version of a document and where its bytes are."""

    document_id: str
    version: int
    filename: str
    media_type: str
    size: int
    original_key: str
    parsed_key: str


class DocumentStore:
    """A document or collection the caller may not see is answered exactly as an unknown id: NotFound."""

    def __init__(self, database: Database, clock: Clock, forecast: Forecast) -> None:
        self._database = database
        self._clock = clock
        self._forecast = forecast

    async def list(self, identity: Identity, collection_id: str) -> list[Document]:
        wanted = self._seen_by(identity).where(documents.c.collection_id == collection_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted.order_by(documents.c.filename))).all()
        return [self._document(row).model_copy(update={"provenance": {}}) for row in rows]

    async def get(self, identity: Identity, document_id: str) -> Document:
        row = await self._one(self._seen_by(identity), document_id)
        return self._document(row).model_copy(update={"eta_seconds": await self._forecast.of_job(row.job_id)})

    async def version(self, identity: Identity, document_id: str, version: int | None) -> StoredVersion:
        """A version, by default the newest; of a deleted document one that a snapshot sees.

        Raises NotFound also for a version that never was.
        """
        is_there = self._is_visible(identity) if version is None else self._is_readable(identity)
        wanted = select(documents, *_VERSION_COLUMNS).select_from(_VERSIONS).where(is_there)
        wanted = wanted.where(versions.c.version == (documents.c.version if version is None else version))
        row = await self._one(wanted, document_id)
        return StoredVersion(
            row.id, row.of_version, row.filename, row.media_type, row.size, row.original_key, row.parsed_key
        )

    async def _one(self, wanted: Select[Any], document_id: str) -> Row[Any]:
        async with self._database.read() as connection:
            found = await connection.execute(wanted.where(documents.c.id == document_id))
            row: Row[Any] | None = found.one_or_none()
        if row is None:
            raise NotFound(f"there is no document {document_id!r}")
        return row

    def _is_visible(self, identity: Identity) -> Any:
        is_sqlite = self._database.is_sqlite
        of_document = visible(documents, identity, is_sqlite=is_sqlite)
        return of_document & visible(collections, identity, is_sqlite=is_sqlite)

    def _is_readable(self, identity: Identity) -> Any:
        """As :meth:`_is_visible`, and true also for versions of deleted documents that a snapshot sees."""
        is_sqlite = self._database.is_sqlite
        of_document = admitted(documents, identity, is_sqlite=is_sqlite) & (~documents.c.deleted | kept())
        return of_document & visible(collections, identity, is_sqlite=is_sqlite)

    def _seen_by(self, identity: Identity) -> Select[Any]:
        newest = _VERSIONS.join(jobs, jobs.c.id == versions.c.job_id)
        columns = [collections.c.name.label("collection"), *_VERSION_COLUMNS, *_JOB_COLUMNS]
        wanted = select(documents, *columns).select_from(newest).where(self._is_visible(identity))
        return wanted.where(versions.c.version == documents.c.version)

    def _document(self, row: Row[Any]) -> Document:
        state = _STATES[JobState(row.state)]
        abandoned = state is DocumentState.RUNNING and row.lease_until <= self._clock()
        provenance = {name: Evidence(**stated) for name, stated in (row.provenance or {}).items()}
        return Document(
            document_id=row.id,
            collection=row.collection,
            collection_id=row.collection_id,
            title=row.title,
            media_type=row.media_type,
            size=row.size,
            version=row.version,
            active_version=row.active_version,
            # A worker that went silent does not run: its job waits for the next one.
            state=DocumentState.QUEUED if abandoned else state,
            step=row.step,
            progress=row.progress,
            timings=row.timings,
            attempts=row.attempts,
            error=None if row.error_code is None else DocumentError(code=row.error_code, detail=row.error_detail),
            pages=row.pages,
            chunks=row.chunks,
            acl=row.acl,
            inherits_acl=row.inherits_acl,
            metadata={name: one.value for name, one in provenance.items() if not one.candidate} | row.metadata,
            provenance=provenance,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


_VERSIONS: Join = documents.join(collections, collections.c.id == documents.c.collection_id).join(
    versions, versions.c.document_id == documents.c.id
)
_VERSION_COLUMNS = (
    versions.c.version.label("of_version"),
    versions.c.size,
    versions.c.original_key,
    versions.c.parsed_key,
    versions.c.pages,
    versions.c.chunks,
    versions.c.provenance,
)
_JOB_COLUMNS = (
    jobs.c.id.label("job_id"),
    jobs.c.state,
    jobs.c.step,
    jobs.c.progress,
    jobs.c.timings,
    jobs.c.attempts,
    jobs.c.error_code,
    jobs.c.error_detail,
    jobs.c.lease_until,
    jobs.c.updated_at,
)
