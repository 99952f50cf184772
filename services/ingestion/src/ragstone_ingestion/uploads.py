"""Taking a document in: nothing is accepted before its bytes, its version and its job are safely stored."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any, cast

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import Collection, DocumentAccepted
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_ingestion.access import queue_share
from ragstone_ingestion.admission import Admission, storage_errors
from ragstone_ingestion.errors import EmptyDocument, FilenameTaken, Moving
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, JobState, NewJob, add_job, decision
from ragstone_ingestion.objects import ReceivedObject, original_key, parsed_key
from ragstone_ingestion.parsers.registry import reading_of
from ragstone_ingestion.sniffing import media_type_of
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import collections, documents, jobs, lock, versions

_HEAD = 64 * 1024


@dataclass(frozen=True)
class Arrival:
    """A file on its way in. ``acl`` None keeps the document's; a new one has ``first_acl``, else the collection's."""

    filename: str
    content: AsyncIterator[bytes]
    declared_type: str | None = None
    acl: list[str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    first_acl: list[str] | None = None


@dataclass(frozen=True)
class _Candidate:
    """What would become a version."""

    tenant: str
    collection_id: str
    filename: str
    media_type: str
    acl: list[str] | None
    first_acl: list[str] | None
    metadata: dict[str, Any]
    received: ReceivedObject
    parser: str | None
    declared_type: str | None
    era: int = 0
    """How many rollbacks of the collection had begun."""

    inherits_acl: bool = False

    def seen_by(self, standing: Row[Any] | None, collection: Row[Any]) -> "_Candidate":
        """With the access it will have: what was given, else the document's own, or a new one's first."""
        if self.acl is not None:
            return self
        if standing is not None:
            return replace(self, acl=standing.acl, inherits_acl=standing.inherits_acl)
        return replace(self, acl=self.first_acl or collection.acl, inherits_acl=self.first_acl is None)

    def note(self, at: float) -> dict[str, Any]:
        """What was decided before there was a job."""
        facts = {
            "media_type": self.media_type,
            "declared_type": self.declared_type,
            "extension": PurePath(self.filename).suffix,
            "bytes": self.received.size,
            "sha256": self.received.sha256,
        }
        return decision(at, "upload", "took the media type from the content", facts)

    @property
    def original_key(self) -> str:
        return original_key(self.tenant, self.received.sha256)

    @property
    def parsed_key(self) -> str:
        reading = reading_of(self.media_type, self.parser)
        return parsed_key(self.tenant, self.received.sha256, reading, self.filename)


class Uploads:
    """A document is a file name in a collection: the same content again is no work, other content a new version."""

    def __init__(self, stores: Stores, admission: Admission, clock: Clock, max_bytes: int) -> None:
        self._database = stores.database
        self._objects = stores.objects
        self._slots = stores.slots
        self._admission = admission
        self._clock = clock
        self._max_bytes = max_bytes

    async def take(self, identity: Identity, collection: Collection, arrival: Arrival) -> DocumentAccepted:
        """Store the file and queue its job; when it returns both survive a power cut.

        Raises EmptyDocument, UnsupportedType, TooLarge, FilenameTaken, NotFound when the collection goes meanwhile, or
        QueueFull, QueuesFull and StorageFull when it should be tried again later.
        """
        self._slots.expect(await self._admission.require_room(identity.tenant))
        head, rest = await _head_of(arrival.content)
        if not head:
            raise EmptyDocument
        media_type = media_type_of(head, arrival.filename, arrival.declared_type)
        with storage_errors():
            received = await self._objects.receive(rest, self._max_bytes)
        candidate = _Candidate(
            identity.tenant,
            collection.id,
            arrival.filename,
            media_type,
            arrival.acl,
            arrival.first_acl,
            arrival.metadata,
            received,
            collection.settings.parser,
            arrival.declared_type,
        )
        try:
            async with self._database.write() as connection:
                return await self._accept(connection, identity, candidate)
        finally:
            await self._objects.discard(received)

    async def _accept(self, connection: AsyncConnection, identity: Identity, candidate: _Candidate) -> DocumentAccepted:
        await lock(connection, f"{candidate.collection_id}/{candidate.filename}")
        here = await _require_collection(connection, candidate.collection_id)
        standing = await _standing(connection, candidate)
        candidate = candidate.seen_by(standing, here)
        if standing is None:
            document_id, version = await self._new_document(connection, candidate), 1
        elif not identity.may_see(standing.acl):
            raise FilenameTaken(f"{candidate.filename!r} is taken; choose another name")
        elif not _is_same(standing, candidate) or _goes_back(standing, here):
            document_id, version = await self._changed_document(connection, standing, candidate)
        elif standing.state == JobState.FAILED:
            return await self._try_again(connection, standing)
        else:
            return DocumentAccepted(document_id=standing.id, version=standing.version, job_id=standing.job_id)
        if here.pinned is not None:
            await _give_name_anew(connection, candidate, here.era)
        job_id = await self._new_version(connection, document_id, version, replace(candidate, era=here.era))
        return DocumentAccepted(document_id=document_id, version=version, job_id=job_id)

    async def _new_document(self, connection: AsyncConnection, candidate: _Candidate) -> str:
        document_id = str(uuid.uuid4())
        row = {
            "id": document_id,
            "tenant": candidate.tenant,
            "collection_id": candidate.collection_id,
            "filename": candidate.filename,
            "title": PurePath(candidate.filename).stem or candidate.filename,
            "version": 1,
            "created_at": self._clock(),
        }
        await connection.execute(insert(documents).values(row | _changeable(candidate)))
        return document_id

    async def _changed_document(
        self, connection: AsyncConnection, standing: Row[Any], candidate: _Candidate
    ) -> tuple[str, int]:
        version: int = standing.version + 1
        if await _is_moving(connection, standing.id):
            raise Moving("upload it again once the document is in its new collection")
        changed = update(documents).where(documents.c.id == standing.id)
        await connection.execute(changed.values(_changeable(candidate) | {"version": version}))
        if candidate.acl != standing.acl:
            place = (standing.collection_id, standing.id)
            await queue_share(connection, standing.tenant, place, self._clock())
        return standing.id, version

    async def _new_version(
        self, connection: AsyncConnection, document_id: str, version: int, candidate: _Candidate
    ) -> str:
        # Under the lock of its key, so that no removal of the last reference can take the object away again.
        await lock(connection, candidate.original_key)
        await self._objects.publish(candidate.received, candidate.original_key)
        new = NewJob(JobKind.INGEST, candidate.tenant, candidate.collection_id, document_id, version)
        note = candidate.note(self._clock())
        job_id = await self._queue(connection, replace(new, size=candidate.received.size, notes=(note,)))
        row = {
            "document_id": document_id,
            "version": version,
            "sha256": candidate.received.sha256,
            "size": candidate.received.size,
            "original_key": candidate.original_key,
            "parsed_key": candidate.parsed_key,
            "job_id": job_id,
            "era": candidate.era,
            "media_type": candidate.media_type,
            "metadata": candidate.metadata,
        }
        await connection.execute(insert(versions).values(row))
        return job_id

    async def _try_again(self, connection: AsyncConnection, standing: Row[Any]) -> DocumentAccepted:
        new = NewJob(JobKind.INGEST, standing.tenant, standing.collection_id, standing.id, standing.version)
        job_id = await self._queue(connection, replace(new, size=standing.size))
        this = (versions.c.document_id == standing.id) & (versions.c.version == standing.version)
        await connection.execute(update(versions).where(this).values(job_id=job_id))
        return DocumentAccepted(document_id=standing.id, version=standing.version, job_id=job_id)

    async def _queue(self, connection: AsyncConnection, new: NewJob) -> str:
        priority = await self._admission.admit(connection, new.tenant)
        return await add_job(connection, replace(new, priority=priority), self._clock())


async def _head_of(content: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """The first bytes, and an iterator over all of them."""
    head = b""
    async for piece in content:
        head += piece
        if len(head) >= _HEAD:
            break

    async def everything() -> AsyncIterator[bytes]:
        yield head
        async for piece in content:
            yield piece

    return head, everything()


def _changeable(candidate: _Candidate) -> dict[str, Any]:
    access = {"acl": candidate.acl, "inherits_acl": candidate.inherits_acl}
    return {"media_type": candidate.media_type, "metadata": candidate.metadata} | access


def _is_same(standing: Row[Any], candidate: _Candidate) -> bool:
    unchanged = all(getattr(standing, name) == value for name, value in _changeable(candidate).items())
    return bool(unchanged and standing.sha256 == candidate.received.sha256)


def _goes_back(standing: Row[Any], collection: Row[Any]) -> bool:
    """Whether a rollback under way is about to replace the document's newest version by an older one."""
    return bool(collection.pinned is not None and standing.version_era < collection.era)


async def _give_name_anew(connection: AsyncConnection, candidate: _Candidate, era: int) -> None:
    """Have the rollback under way not bring back what was deleted under this name."""
    named = (documents.c.collection_id == candidate.collection_id) & (documents.c.filename == candidate.filename)
    await connection.execute(update(documents).where(named, documents.c.deleted).values(era=era))


async def _require_collection(connection: AsyncConnection, collection_id: str) -> Row[Any]:
    """The collection, locked against its deletion and against rollbacks until the upload is committed."""
    living = select(collections.c.era, collections.c.pinned, collections.c.acl)
    living = living.where(collections.c.id == collection_id, ~collections.c.deleted)
    row = (await connection.execute(living.with_for_update(read=True))).one_or_none()
    if row is None:
        raise NotFound("the collection was deleted meanwhile")
    return cast(Row[Any], row)


async def _is_moving(connection: AsyncConnection, document_id: str) -> bool:
    move = (jobs.c.document_id == document_id) & (jobs.c.kind == JobKind.MOVE)
    under_way = select(jobs.c.id).where(move, jobs.c.state.in_(OPEN), ~jobs.c.called_off)
    return await connection.scalar(under_way.limit(1)) is not None


async def _standing(connection: AsyncConnection, candidate: _Candidate) -> Row[Any] | None:
    """The living document of this name with its newest version and job."""
    newest = (versions.c.document_id == documents.c.id) & (versions.c.version == documents.c.version)
    joined = documents.join(versions, newest).join(jobs, jobs.c.id == versions.c.job_id)
    named = (documents.c.collection_id == candidate.collection_id) & (documents.c.filename == candidate.filename)
    of_version = [versions.c.sha256, versions.c.size, versions.c.job_id, versions.c.era.label("version_era")]
    wanted = select(documents, *of_version, jobs.c.state).select_from(joined)
    return (await connection.execute(wanted.where(named, ~documents.c.deleted))).one_or_none()
