"""Collections, as far as a caller may see them."""

import time
import uuid
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import Collection, CollectionSettings, NewCollection
from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_contracts.identity import Identity
from ragstone_ingestion.access import changes_of_access, withheld_from
from ragstone_ingestion.errors import CollectionExists
from ragstone_ingestion.history.as_of import is_time, resolve
from ragstone_ingestion.jobs import Clock, JobKind, NewJob, add_job, call_off
from ragstone_ingestion.tables import collections, documents, jobs
from ragstone_ingestion.visibility import visible
from ragstone_kit.database import Database


class CollectionStore:
    """A collection the caller may not see is answered exactly as one that does not exist: NotFound."""

    def __init__(self, database: Database, clock: Clock = time.time) -> None:
        self._database = database
        self._clock = clock

    async def create(self, identity: Identity, new: NewCollection) -> Collection:
        """Raises CollectionExists when the tenant has one of this name, visible to the caller or not."""
        row: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "tenant": identity.tenant,
            "name": new.name,
            "acl": new.acl,
            "settings": new.settings.model_dump(exclude_none=True),
            "sequence": 0,
            "created_at": self._clock(),
        }
        try:
            async with self._database.write() as connection:
                await connection.execute(insert(collections).values(row))
        except IntegrityError as error:
            raise CollectionExists(f"there is a collection named {new.name!r} already") from error
        return Collection(**{name: value for name, value in row.items() if name != "tenant"})

    async def list(self, identity: Identity, as_of: str | None = None) -> list[Collection]:
        """All the identity sees; at a time each has the sequence that it had then. Raises as :meth:`find` does."""
        if as_of is not None and not is_time(as_of):
            raise InvalidRequest("only a time says something about several collections; name one")
        async with self._database.read() as connection:
            rows = (await connection.execute(self._seen_by(identity).order_by(collections.c.name))).all()
            return [await self._as_of(connection, row, as_of) for row in rows]

    async def find(self, identity: Identity, name_or_id: str, as_of: str | None = None) -> Collection:
        """The collection of that id, else of that name; with the sequence it had then if the past is asked for.

        ``as_of`` is the name of a snapshot, a sequence or an ISO 8601 time. Raises also GoneVersion and InvalidRequest.
        """
        asked = (collections.c.id == name_or_id) | (collections.c.name == name_or_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(self._seen_by(identity).where(asked))).all()
            if not rows:
                raise NotFound(f"there is no collection {name_or_id!r}")
            return await self._as_of(connection, max(rows, key=lambda row: row.id == name_or_id), as_of)

    async def _as_of(self, connection: AsyncConnection, row: Row[Any], as_of: str | None) -> Collection:
        now = _collection(row)
        if as_of is None:
            return now
        return now.model_copy(update={"sequence": await resolve(connection, row, as_of, self._clock())})

    async def delete(self, identity: Identity, name_or_id: str) -> None:
        """Hide the collection at once and queue the removal of everything in it."""
        found = await self.find(identity, name_or_id)
        async with self._database.write() as connection:
            hide = update(collections).where(collections.c.id == found.id, ~collections.c.deleted).values(deleted=True)
            if (await connection.execute(hide)).rowcount != 1:
                raise NotFound(f"there is no collection {name_or_id!r}")
            inside = select(documents.c.id).where(documents.c.collection_id == found.id)
            await call_off(connection, (jobs.c.collection_id == found.id) | jobs.c.document_id.in_(inside))
            await add_job(connection, NewJob(JobKind.DROP, identity.tenant, found.id), self._clock())

    def _seen_by(self, identity: Identity) -> Select[Any]:
        is_sqlite = self._database.is_sqlite
        held = (
            select(func.count())
            .select_from(documents)
            .where(documents.c.collection_id == collections.c.id, visible(documents, identity, is_sqlite=is_sqlite))
            .scalar_subquery()
        )
        withheld = withheld_from(identity, is_sqlite=is_sqlite)
        columns = [held.label("documents"), withheld.label("withheld"), changes_of_access().label("access_changes")]
        return select(collections, *columns).where(visible(collections, identity, is_sqlite=is_sqlite))


def _collection(row: Row[Any]) -> Collection:
    return Collection(
        id=row.id,
        index=row.index_id,
        name=row.name,
        acl=row.acl,
        settings=CollectionSettings(**row.settings),
        documents=row.documents,
        sequence=row.sequence if row.pinned is None else row.pinned,
        created_at=row.created_at,
        withheld=row.withheld or [],
        access_changes=row.access_changes or 0,
    )
