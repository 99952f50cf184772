"""Making a version appear and the one before it disappear in the same instant.

A query sees a chunk when ``born <= sequence < died`` for the sequence of its collection. A change marks the chunks with
the next sequence, which nobody sees, and then counts the collection up, which is one row of one table. One change runs
in a collection at a time; the row that says so also says how to undo it, should its worker die.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Delete, Row, Update, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import Conflict
from ragstone_index import NEVER, VectorIndex
from ragstone_ingestion.access import access_in
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.history.lives import begin_lives, end_life, kept_versions
from ragstone_ingestion.history.moments import Loss, note_moment, trim_moments
from ragstone_ingestion.jobs import JobKind, JobStore, Lease
from ragstone_ingestion.moved_rows import take_in
from ragstone_ingestion.pruning import Prune
from ragstone_ingestion.reindexing.placement import Places, places_of, written_values
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.tables import changes, collections, documents, lock, vectors, versions
from ragstone_kit.database import Database

_TURN_SECONDS = 0.02

Insert = Callable[[int], Awaitable[None]]
Describe = Callable[[AsyncConnection, Places], Awaitable[None]]


@dataclass(frozen=True)
class _Change:
    """Which versions of a document appear and disappear when the collection reaches ``sequence``."""

    collection_id: str
    sequence: int
    document_id: str
    appearing: int | None
    disappearing: int | None
    with_documents: Sequence[str] = ()

    def row(self, lease: Lease) -> dict[str, Any]:
        told = {**self.__dict__, "with_documents": list(self.with_documents)}
        return {**told, "job_id": lease.job_id, "epoch": lease.epoch}


class Activation:
    def __init__(self, database: Database, index: VectorIndex, jobs: JobStore, prune: Prune) -> None:
        self._database = database
        self._index = index
        self._jobs = jobs
        self._prune = prune

    async def appear(self, steps: Steps, written: Mapping[str, int], acl: Sequence[str]) -> bool:
        """Let the job's version answer instead of the one before it, and end the job. Raises LeaseLost.

        ``written`` says how many chunks which index was given of it, ``acl`` who these say may see them. False, and
        nothing is changed, when the collection has come to answer from another one.
        """
        lease = steps.lease
        change = await self._begin(lease, appearing=lease.version)
        if change.disappearing is not None and change.disappearing > lease.version:
            await self._withdraw(steps, change)
            return True
        places = await self._places(lease)
        if places.live.index_id not in written:
            await self._leave(lease)
            return False
        agreed = await self.agree(lease.collection_id, {lease.document_id: acl})
        await self._apply(change)
        async with self._database.write() as connection:
            if lease.kind is JobKind.MOVE:
                await take_in(connection, lease, agreed, now=self._jobs.now(), leave_after=self._prune.wait_seconds)
            this = (versions.c.document_id == lease.document_id) & (versions.c.version == lease.version)
            await connection.execute(update(versions).where(this).values(written_values(places, written)))
            await self._commit(connection, lease, change)
            if change.disappearing is not None:
                await self._prune.queue(connection, lease)
            steps.note("made the version answer", sequence=change.sequence, replaced=change.disappearing)
            await steps.done(connection)
        return True

    async def appear_together(
        self, leases: Sequence[Lease], written: Sequence[str], insert: Insert, describe: Describe
    ) -> None:
        """Let the first versions of documents that the index holds nothing of answer from one instant on.

        ``insert`` puts their chunks into the indexes ``written``, born at the sequence it is given; ``describe`` writes
        to the tables in the transaction of the switch, which also ends the jobs. Raises LeaseLost when one of them is
        lost, Conflict when a newer version of one of the documents was faster or another index answers by now.
        """
        first, *others = leases
        change = await self._begin(first, appearing=first.version, with_documents=[one.document_id for one in others])
        if await self._answers(*(one.document_id for one in leases)):
            raise Conflict("a newer version of one of the documents answers already")
        places = await self._places(first)
        if places.live.index_id not in written:
            raise Conflict("the collection answers from another index by now")
        await insert(change.sequence)
        async with self._database.write() as connection:
            await describe(connection, places)
            await self._count_up(connection, change)
            shown = update(documents).where(documents.c.id.in_([one.document_id for one in leases]))
            await connection.execute(shown.values(active_version=first.version))
            await _require_turn(connection, delete(changes), first)
            await self._jobs.done_together(connection, leases)

    async def agree(self, collection_id: str, told: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Have the index say of documents what the tables do, where that is not what it was ``told``; returns that.

        To be called in the collection's turn: what changes later is told in a turn of its own.
        """
        async with self._database.read() as connection:
            wanted = await access_in(connection, collection_id, list(told))
        for document_id, acl in wanted.items():
            if acl != list(told[document_id]):
                await self._index.set_acl(collection_id, document_id, acl)
        return wanted

    async def disappear(self, lease: Lease) -> None:
        """Let no version of the job's document answer any more. Raises LeaseLost."""
        if await self._answers(lease.document_id):
            await self._take_away(lease)

    @asynccontextmanager
    async def turn(self, lease: Lease) -> AsyncIterator[None]:
        """Nothing that the collection answers changes meanwhile. For a job about no document. Raises LeaseLost."""
        await self._begin(lease, appearing=None)
        try:
            yield
        finally:
            await self._leave(lease)

    async def _leave(self, lease: Lease) -> None:
        """Give the turn up if it is still ours, with nothing changed."""
        async with self._database.write() as connection:
            await connection.execute(delete(changes).where(_ours(lease)))

    async def _places(self, lease: Lease) -> Places:
        """Where the collection's chunks are; in its turn they stay there."""
        async with self._database.read() as connection:
            return await places_of(connection, lease.collection_id)

    async def forget(self, lease: Lease) -> None:
        """Leave no change of the job's document behind, once the index holds nothing of it. Raises LeaseLost."""
        while True:
            async with self._database.write() as connection:
                await lock(connection, lease.collection_id)
                standing = await _standing(connection, lease.collection_id)
                if standing is None or lease.document_id not in (standing.document_id, *standing.with_documents):
                    return
                if not await self._jobs.is_live(connection, standing.job_id, standing.epoch):
                    await self._take_over(connection, lease)
                    break
            await asyncio.sleep(_TURN_SECONDS)  # whoever took the turn over is about to undo it
        await self._undo(standing)
        async with self._database.write() as connection:
            await _require_turn(connection, delete(changes), lease)
            await self._jobs.write(connection, lease, {})

    async def _take_away(self, lease: Lease) -> None:
        change = await self._begin(lease, appearing=None)
        await self._apply(change)
        async with self._database.write() as connection:
            await self._commit(connection, lease, change)
            await self._jobs.write(connection, lease, {})

    async def _answers(self, *document_ids: str) -> bool:
        """Whether a version of any of the documents answers."""
        answering = select(documents.c.id).where(
            documents.c.id.in_(document_ids), documents.c.active_version.is_not(None)
        )
        async with self._database.read() as connection:
            return await connection.scalar(answering.limit(1)) is not None

    async def _begin(self, lease: Lease, appearing: int | None, with_documents: Sequence[str] = ()) -> _Change:
        """Take the collection's turn, and undo what a worker that died in its turn left behind."""
        while True:
            async with self._database.write() as connection:
                await lock(connection, lease.collection_id)
                standing = await _standing(connection, lease.collection_id)
                if standing is None or not await self._jobs.is_live(connection, standing.job_id, standing.epoch):
                    ours = await self._next_change(connection, lease, appearing)
                    ours = replace(ours, with_documents=with_documents)
                    await self._claim(connection, lease, standing, ours)
                    break
            await asyncio.sleep(_TURN_SECONDS)
        if standing is not None:
            await self._undo(standing)
            async with self._database.write() as connection:
                await _require_turn(connection, update(changes).values(ours.row(lease)), lease)
                await self._jobs.write(connection, lease, {})
        return ours

    async def _claim(self, connection: AsyncConnection, lease: Lease, standing: Row[Any] | None, ours: _Change) -> None:
        """Put our name on the turn. A dead worker's change stays described until it is undone."""
        if standing is None:
            await connection.execute(insert(changes).values(ours.row(lease)))
            await self._jobs.write(connection, lease, {})
        else:
            await self._take_over(connection, lease)

    async def _take_over(self, connection: AsyncConnection, lease: Lease) -> None:
        this = changes.c.collection_id == lease.collection_id
        taken_over = {"job_id": lease.job_id, "epoch": lease.epoch}
        await connection.execute(update(changes).where(this).values(taken_over))
        await self._jobs.write(connection, lease, {})

    async def _next_change(self, connection: AsyncConnection, lease: Lease, appearing: int | None) -> _Change:
        joined = collections.outerjoin(documents, documents.c.id == lease.document_id)
        columns = (documents.c.active_version, documents.c.id, documents.c.collection_id)
        wanted = select(collections.c.sequence, *columns).select_from(joined)
        row = (await connection.execute(wanted.where(collections.c.id == lease.collection_id))).one_or_none()
        if row is None or (lease.document_id and row.id is None):
            raise LeaseLost("the document is gone")
        here = row.collection_id == lease.collection_id
        if lease.document_id and not here and lease.kind is not JobKind.MOVE:
            raise LeaseLost("the document is in another collection by now")
        replaced = row.active_version if here else None
        return _Change(lease.collection_id, row.sequence + 1, lease.document_id, appearing, replaced)

    async def _apply(self, change: _Change) -> None:
        where, document = change.collection_id, change.document_id
        if change.disappearing is not None and change.disappearing != change.appearing:
            await self._index.set_life(where, document, change.disappearing, died=change.sequence)
        if change.appearing is not None:
            await self._index.set_life(where, document, change.appearing, born=change.sequence, died=NEVER)

    async def _undo(self, standing: Row[Any]) -> None:
        where, document = standing.collection_id, standing.document_id
        if standing.appearing is not None:
            await self._index.set_life(where, document, standing.appearing, born=NEVER)
        if standing.disappearing is not None:
            await self._index.set_life(where, document, standing.disappearing, died=NEVER)
        for other in standing.with_documents:
            await self._index.set_life(where, other, standing.appearing, born=NEVER)

    async def _commit(self, connection: AsyncConnection, lease: Lease, change: _Change) -> None:
        """The switch itself: with this transaction every query sees the change, without it none does."""
        await self._count_up(connection, change)
        document = update(documents).where(documents.c.id == change.document_id)
        await connection.execute(document.values(active_version=change.appearing))
        await _require_turn(connection, delete(changes), lease)

    async def _count_up(self, connection: AsyncConnection, change: _Change) -> None:
        """Bring the collection to the change's sequence, and write down who lives from there on, and since when."""
        here = update(collections).where(collections.c.id == change.collection_id)
        await connection.execute(here.values(sequence=change.sequence))
        if change.disappearing is not None and change.disappearing != change.appearing:
            await end_life(connection, change.document_id, change.disappearing, change.sequence)
        if change.appearing is not None:
            appearing = [change.document_id, *change.with_documents]
            await begin_lives(connection, appearing, change.appearing, change.sequence)
        await note_moment(connection, change.collection_id, self._jobs.now(), loss=self._loss(change))
        await trim_moments(connection, change.collection_id, change.sequence)

    def _loss(self, change: _Change) -> Loss | None:
        """What is replaced stays until it is pruned; half of that time is for queries that began in the other half."""
        if change.disappearing is None:
            return None
        return Loss(0.0 if change.appearing is None else self._prune.wait_seconds / 2)

    async def _withdraw(self, steps: Steps, change: _Change) -> None:
        """A newer version was faster: ours never appears."""
        await self._index.delete(change.collection_id, change.document_id, steps.lease.version)
        async with self._database.write() as connection:
            await _require_turn(connection, delete(changes), steps.lease)
            # Those it made may have come after the removal of what the newer version no longer uses.
            kept = await kept_versions(connection, [change.document_id])
            oldest = min({change.disappearing or 0} | kept.get(change.document_id, set()))
            unused = (vectors.c.document_id == change.document_id) & (vectors.c.version < oldest)
            await connection.execute(delete(vectors).where(unused))
            steps.note("withdrew the version: a newer one was faster", newer=change.disappearing)
            await steps.done(connection)


async def _standing(connection: AsyncConnection, collection_id: str) -> Row[Any] | None:
    return (await connection.execute(select(changes).where(changes.c.collection_id == collection_id))).one_or_none()


async def _require_turn(connection: AsyncConnection, statement: Update | Delete, lease: Lease) -> None:
    """Execute a statement on the row of our turn. Raises LeaseLost when another worker has taken it over."""
    if (await connection.execute(statement.where(_ours(lease)))).rowcount != 1:
        raise LeaseLost("another worker has undone this change")


async def end_turn(connection: AsyncConnection, lease: Lease) -> None:
    """End a turn in the transaction that it was taken for. Raises LeaseLost."""
    await _require_turn(connection, delete(changes), lease)


def _ours(lease: Lease) -> ColumnElement[bool]:
    return (changes.c.job_id == lease.job_id) & (changes.c.epoch == lease.epoch)
