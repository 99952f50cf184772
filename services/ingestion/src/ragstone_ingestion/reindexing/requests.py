"""Asking for a reindexing, looking at it, calling it off."""

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import Collection, CollectionSettings, DocumentError
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_contracts.reindexing import NewReindex, Reindex, ReindexState
from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.errors import ReindexSwapped, ReindexUnderWay
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, JobState, NewJob, Priority, add_job
from ragstone_ingestion.reindexing.making import Making
from ragstone_ingestion.reindexing.rows import ENDED, UNSWAPPED, change, row_of
from ragstone_ingestion.tables import documents, jobs, lock, reindexings, versions
from ragstone_kit.database import Database

_MEASURABLE = 0.01
"""The part that must be built before the rest is estimated."""


class Reindexes:
    """A collection the caller may not see is answered exactly as one that does not exist: NotFound."""

    def __init__(
        self, database: Database, store: CollectionStore, making: Making, clock: Clock, wait_seconds: float
    ) -> None:
        self._database = database
        self._collections = store
        self._making = making
        self._clock = clock
        self._wait_seconds = wait_seconds

    async def request(self, identity: Identity, name_or_id: str, wanted: NewReindex) -> Reindex:
        """Begin, or go on with one that is the same and ran out of attempts; one under way is joined as it is.

        Raises NotFound, InvalidRequest for settings that no chunker takes, whatever the embedder answers when it is
        tried, and ReindexUnderWay while another one has not ended.
        """
        found = await self._collections.find(identity, name_or_id)
        target = wanted.settings.applied_to(found.settings)
        self._making.chunker_for(target)
        await self._making.embedding.probe(identity, target.embedder)
        async with self._database.write() as connection:
            await lock(connection, found.id)
            row = await row_of(connection, found.id)
            if row is None or row.state in ENDED:
                await self._begin(connection, identity, found, target)
            elif row.state in UNSWAPPED and CollectionSettings(**row.settings) != target:
                raise ReindexUnderWay("cancel it first, or wait until it is done")
            else:
                await self._go_on(connection, identity, row)
        return await self.get(identity, found.id)

    async def get(self, identity: Identity, name_or_id: str) -> Reindex:
        """The collection's last reindexing. Raises NotFound, also when there was none."""
        found = await self._collections.find(identity, name_or_id)
        async with self._database.read() as connection:
            row = await row_of(connection, found.id)
            if row is None:
                raise NotFound(f"the collection {found.name!r} was never made anew")
            job = (await connection.execute(select(jobs).where(jobs.c.id == row.job_id))).one_or_none()
            total, built = (await connection.execute(_counts(row))).one()
        return self._reindex(found, row, job, (total, built))

    async def cancel(self, identity: Identity, name_or_id: str) -> Reindex:
        """Give the index being built up; it is dropped by the job. Raises NotFound, ReindexSwapped."""
        found = await self._collections.find(identity, name_or_id)
        async with self._database.write() as connection:
            await lock(connection, found.id)
            row = await row_of(connection, found.id)
            if row is None:
                raise NotFound(f"the collection {found.name!r} was never made anew")
            if row.state in (ReindexState.RETIRING, ReindexState.DONE):
                raise ReindexSwapped("to go back, ask for one with the settings there were")
            if row.state in UNSWAPPED:
                # Ingestions that are under way may still write to it for a while.
                left = {"shadow": None, "leaving": row.shadow, "leaves_at": self._clock() + self._wait_seconds}
                await change(connection, row, {"state": ReindexState.CANCELLING, **left})
                await self._go_on(connection, identity, row)
        return await self.get(identity, found.id)

    async def _begin(
        self, connection: AsyncConnection, identity: Identity, found: Collection, target: CollectionSettings
    ) -> None:
        last = select(func.max(reindexings.c.generation)).where(reindexings.c.collection_id == found.id)
        generation = (await connection.scalar(last) or 1) + 1
        index_id = f"{found.id}@{generation}"
        values: dict[str, Any] = {
            "generation": generation,
            "job_id": await self._add_job(connection, identity, found.id),
            "state": ReindexState.BUILDING,
            "settings": target.model_dump(exclude_none=True),
            "old_settings": found.settings.model_dump(exclude_none=True),
            "index_id": index_id,
            "shadow": index_id,
            "leaving": None,
            "leaves_at": None,
            "repaired": 0,
            "sample": None,
            "started_at": self._clock(),
            "ended_at": None,
        }
        dialect = sqlite if self._database.is_sqlite else postgresql
        added = dialect.insert(reindexings).values(collection_id=found.id, **values)
        await connection.execute(added.on_conflict_do_update(index_elements=["collection_id"], set_=values))

    async def _go_on(self, connection: AsyncConnection, identity: Identity, row: Row[Any]) -> None:
        """Queue another job when the row's own has no attempt left."""
        under_way = select(jobs.c.id).where(jobs.c.id == row.job_id, jobs.c.state.in_(OPEN))
        if await connection.scalar(under_way) is None:
            job_id = await self._add_job(connection, identity, row.collection_id)
            this = reindexings.c.collection_id == row.collection_id
            await connection.execute(reindexings.update().where(this).values(job_id=job_id))

    async def _add_job(self, connection: AsyncConnection, identity: Identity, collection_id: str) -> str:
        new = NewJob(JobKind.REINDEX, identity.tenant, collection_id, priority=Priority.BATCH)
        return await add_job(connection, new, self._clock())

    def _reindex(self, found: Collection, row: Row[Any], job: Row[Any] | None, counts: tuple[int, int]) -> Reindex:
        swapped = row.state in (ReindexState.RETIRING, ReindexState.DONE)
        total, built = counts if not swapped else (counts[0], counts[0])
        part = 1.0 if swapped or not total else built / total
        failed = job is not None and job.state == JobState.FAILED
        elapsed = self._clock() - row.started_at
        measurable = row.state == ReindexState.BUILDING and not failed and part >= _MEASURABLE
        return Reindex(
            job_id=row.job_id,
            collection=found.name,
            collection_id=found.id,
            state=ReindexState.FAILED if failed else ReindexState(row.state),
            settings=CollectionSettings(**row.settings),
            index=row.index_id,
            progress=part,
            versions=total,
            built=built,
            repaired=row.repaired,
            sample=row.sample,
            eta_seconds=round(elapsed * (1 - part) / part, 1) if measurable else None,
            error=_error(job),
            started_at=row.started_at,
            ended_at=row.ended_at,
        )


def _counts(row: Row[Any]) -> Any:
    """Versions of the collection, and those that were looked at for the new index."""
    joined = versions.join(documents, documents.c.id == versions.c.document_id)
    built = func.count().filter(versions.c.shadow == row.index_id)
    here = (documents.c.collection_id == row.collection_id) & ~documents.c.erased
    return select(func.count(), built).select_from(joined).where(here)


def _error(job: Row[Any] | None) -> DocumentError | None:
    if job is None or job.error_code is None:
        return None
    return DocumentError(code=job.error_code, detail=job.error_detail or "")
