"""Active versions of which a store has lost something."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_index import HeldVersion
from ragstone_ingestion.jobs import OPEN, Clock, JobKind, NewJob, add_job
from ragstone_ingestion.objects import ORIGINALS, PARSED
from ragstone_ingestion.reconciling.facts import held_facts
from ragstone_ingestion.reconciling.tally import INDEX, Tally
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import collections, documents, jobs, versions
from ragstone_kit.logs import get_logger

_PAGE = 200
_log = get_logger(__name__)


@dataclass(frozen=True)
class _Loss:
    """What is missing of a version."""

    original: bool
    parsed: bool
    chunks: bool

    @property
    def stores(self) -> list[str]:
        missing = {ORIGINALS: self.original, PARSED: self.parsed, INDEX: self.chunks}
        return [store for store, is_missing in missing.items() if is_missing]

    @property
    def mendable(self) -> list[str]:
        """What a new version made of what is left would bring back: everything but the original."""
        return [] if self.original and self.parsed else [store for store in self.stores if store != ORIGINALS]


class Repair:
    """A version with a loss is made anew, as the next version: that one appears whole, as every version does."""

    def __init__(self, stores: Stores, clock: Clock, tally: Tally) -> None:
        self._stores = stores
        self._clock = clock
        self._tally = tally

    async def queue_incomplete(self, collection: str) -> None:
        """Queue a new version for each document whose active one is not wholly there."""
        self._tally.look_at(ORIGINALS, PARSED, INDEX)
        async for sequence, page in self._pages(collection):
            losses = await self._losses(collection, page, sequence)
            for row, loss in zip(page, losses, strict=True):
                if loss.stores:
                    await self._mend(row)

    async def _pages(self, collection: str) -> AsyncIterator[tuple[int, Sequence[Row[Any]]]]:
        """Settled documents with their active versions, and the sequence that queries were at."""
        after = ""
        while True:
            async with self._stores.database.read() as connection:
                sequence = await _sequence(connection, collection)
                settled = ~exists().where(jobs.c.document_id == documents.c.id, jobs.c.state.in_(OPEN))
                here = (documents.c.collection_id == collection) & ~documents.c.deleted & settled
                wanted = _active_versions().where(here, documents.c.id > after)
                page = (await connection.execute(wanted.order_by(documents.c.id).limit(_PAGE))).all()
            if not page:
                return
            yield sequence, page
            after = page[-1].document_id

    async def _losses(self, collection: str, rows: Sequence[Row[Any]], sequence: int) -> list[_Loss]:
        ids = [row.document_id for row in rows]
        held = {(one.document_id, one.version): one for one in await self._stores.index.held(collection, ids)}
        return [await self._loss(row, held.get((row.document_id, row.version)), sequence) for row in rows]

    async def _loss(self, row: Row[Any], held: HeldVersion | None, sequence: int) -> _Loss:
        objects = self._stores.objects
        original, parsed = await asyncio.gather(objects.exists(row.original_key), objects.exists(row.parsed_key))
        whole = held is not None and held.chunks == row.chunks and held.born <= sequence < held.died
        return _Loss(not original, not parsed, not whole)

    async def _mend(self, row: Row[Any]) -> None:
        """Look again with the document held as it is, and queue the new version."""
        async with self._stores.database.write() as connection:
            facts = await held_facts(connection, row.collection_id, row.document_id)
            if facts is None or not facts.settled or facts.row.active_version != row.version:
                return
            [loss] = await self._losses(row.collection_id, [row], await _sequence(connection, row.collection_id))
            for store in loss.stores:
                self._tally.found(store)
            _log.warning("a document is not whole", document=row.document_id, version=row.version, lost=loss.stores)
            if loss.mendable and not self._tally.dry_run:
                await self._queue(connection, facts.row, row)
                for store in loss.mendable:
                    self._tally.repaired(store)

    async def _queue(self, connection: AsyncConnection, document: Row[Any], active: Row[Any]) -> None:
        number = document.version + 1
        new = NewJob(JobKind.INGEST, document.tenant, document.collection_id, document.id, number)
        job_id = await add_job(connection, new, self._clock())
        copied = {column.name: getattr(active, column.name) for column in versions.columns}
        anew = ("pages", "chunks", "born", "died", "copy_of")
        made = copied | {"version": number, "job_id": job_id} | dict.fromkeys(anew)
        await connection.execute(insert(versions).values(made))
        await connection.execute(update(documents).where(documents.c.id == document.id).values(version=number))


def _active_versions() -> Any:
    active = (versions.c.document_id == documents.c.id) & (versions.c.version == documents.c.active_version)
    return select(versions, documents.c.collection_id).select_from(documents.join(versions, active))


async def _sequence(connection: AsyncConnection, collection: str) -> int:
    """What queries in the collection see now; a collection that is gone has none."""
    wanted = select(func.coalesce(func.max(collections.c.sequence), 0)).where(collections.c.id == collection)
    return await connection.scalar(wanted) or 0
