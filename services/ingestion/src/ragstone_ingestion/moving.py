"""Moving a document to another collection, with its id, its versions and its history.

The version that answers is cut and embedded as the new collection wants it; vectors that are known are used again. Then
one transaction lets it answer there and no longer where it was: queries that read their collections before see it in
the old place alone, those after in the new one. What is in the old index is withheld from then on, and removed once no
query that began before can need it.
"""

import asyncio
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import Collection
from ragstone_contracts.errors import NotFound
from ragstone_contracts.identity import Identity
from ragstone_ingestion.access import clear_stale
from ragstone_ingestion.errors import FilenameTaken, Moving, NotReady
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, Lease, NewJob, add_job, call_off
from ragstone_ingestion.moved_rows import is_taken
from ragstone_ingestion.pipeline import Pipeline
from ragstone_ingestion.sharing import held_document
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import collections, documents, jobs

_LOOK_SECONDS = 0.05


class Moves:
    def __init__(self, stores: Stores, pipeline: Pipeline, clock: Clock) -> None:
        self._stores = stores
        self._pipeline = pipeline
        self._clock = clock

    async def request(self, identity: Identity, document_id: str, target: Collection) -> str | None:
        """Queue the move and return its job; None when the document is there already.

        Raises NotFound, FilenameTaken, NotReady while no version of it answers or one is being made, or Moving.
        """
        async with self._stores.database.write() as connection:
            row = await held_document(connection, identity, document_id, target.id)
            if row.collection_id == target.id:
                return None
            await _require_collection(connection, target.id)
            if (under_way := await self._under_way(connection, row, target)) is not None:
                return under_way
            if await is_taken(connection, target.id, row.filename):
                raise FilenameTaken(f"{row.filename!r} is taken there; rename one of the two")
            left = (jobs.c.document_id == document_id) & (jobs.c.collection_id == target.id)
            await call_off(connection, left, jobs.c.kind == JobKind.LEAVE, jobs.c.state.in_(OPEN))
            new = NewJob(JobKind.MOVE, row.tenant, target.id, document_id, row.active_version)
            return await add_job(connection, new, self._clock())

    async def _under_way(self, connection: AsyncConnection, row: Row[Any], target: Collection) -> str | None:
        """The same move, if it was asked for before. Raises NotReady or Moving when the document cannot be moved."""
        of_it = select(jobs).where(jobs.c.document_id == row.id, jobs.c.state.in_(OPEN), ~jobs.c.called_off)
        at_work = {job.kind: job for job in await connection.execute(of_it)}
        if (move := at_work.get(JobKind.MOVE)) is not None:
            if move.collection_id == target.id:
                return str(move.id)
            raise Moving("the document is on its way to another collection")
        if row.active_version is None or JobKind.INGEST in at_work:
            raise NotReady("the document can be moved once its newest version answers")
        return None

    async def run(self, lease: Lease) -> None:
        """Make the document answer in the lease's collection. May be broken off and run again at any point."""
        there = (jobs.c.document_id == lease.document_id) & (jobs.c.id != lease.job_id)
        while await self._stores.jobs.someone_works_on(there):  # noqa: ASYNC110  they may be other processes
            await asyncio.sleep(_LOOK_SECONDS)
        if not await self._is_in(lease):
            # What it left there when it was moved away before, or what an attempt before this one wrote.
            await self._stores.index.delete(lease.collection_id, lease.document_id)
            await self._pipeline.run(lease)

    async def leave(self, lease: Lease) -> None:
        """Remove a document from the index of a collection it was moved away from."""
        if not await self._is_in(lease):
            await self._stores.index.delete(lease.collection_id, lease.document_id)
        async with self._stores.database.write() as connection:
            await clear_stale(connection, lease.collection_id, [lease.document_id])
            await self._stores.jobs.done(connection, lease)

    async def _is_in(self, lease: Lease) -> bool:
        this = (documents.c.id == lease.document_id) & (documents.c.collection_id == lease.collection_id)
        async with self._stores.database.read() as connection:
            return await connection.scalar(select(documents.c.id).where(this)) is not None


async def _require_collection(connection: AsyncConnection, collection_id: str) -> None:
    living = select(collections.c.id).where(collections.c.id == collection_id, ~collections.c.deleted)
    if await connection.scalar(living.with_for_update(read=True)) is None:
        raise NotFound("the collection was deleted meanwhile")
