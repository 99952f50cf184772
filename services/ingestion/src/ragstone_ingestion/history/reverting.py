"""The job of a rollback: document by document, what was becomes the newest version; then queries see the present again.

It may be broken off anywhere. A version made by it, and a deletion, carry the rollback's era: what has it is done.
"""

from collections.abc import AsyncIterator, Sequence
from pathlib import PurePath
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.deletion import hide
from ragstone_ingestion.history.moments import note_moment
from ragstone_ingestion.history.releasing import queue_release
from ragstone_ingestion.history.rollbacks import DONE, RUNNING
from ragstone_ingestion.history.settling import Standing, Step, standings
from ragstone_ingestion.jobs import Clock, JobKind, Lease, NewJob, add_job, call_off, decision
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import collections, documents, jobs, lock, rollbacks, versions

_PAGE = 200
_LOOK_SECONDS = 0.5
_MOST_FAILED = 100

Begun = Row[Any]
"""A row of ``rollbacks``."""


class Reverting:
    """``wait_seconds`` is what queries that see the old state have before what only it had is removed."""

    def __init__(self, stores: Stores, clock: Clock, wait_seconds: float) -> None:
        self._stores = stores
        self._clock = clock
        self._wait_seconds = wait_seconds

    async def run(self, lease: Lease) -> None:
        """Do what there is to do, and come again until nothing is. Raises LeaseLost."""
        begun = await self._begun(lease.collection_id)
        if begun is None:
            async with self._stores.database.write() as connection:
                await self._stores.jobs.done(connection, lease)
            return
        unsettled, failed = await self._look(lease, begun)
        if unsettled:
            await self._come_again(lease, begun, unsettled, failed)
        else:
            await self._finish(lease, begun, failed)

    async def _begun(self, collection_id: str) -> Begun | None:
        """The rollback that runs."""
        wanted = select(rollbacks).where(rollbacks.c.collection_id == collection_id, rollbacks.c.state == RUNNING)
        async with self._stores.database.read() as connection:
            return (await connection.execute(wanted)).one_or_none()

    async def _look(self, lease: Lease, begun: Begun) -> tuple[int, list[str]]:
        """Take the next step with each document; returns how many are not what they were, and which never will be."""
        unsettled, failed = 0, list[str]()
        async for page in self._pages(begun):
            await self._stores.jobs.require_held(lease)
            for one in page:
                step = one.next_step(begun.era)
                if step == Step.GIVE_UP:
                    failed.append(one.row.id)
                elif step != Step.NOTHING:
                    unsettled += await self._advance(lease, begun, one)
        return unsettled, failed[:_MOST_FAILED]

    async def _pages(self, begun: Begun) -> AsyncIterator[Sequence[Standing]]:
        here = select(documents.c.id).where(documents.c.collection_id == begun.collection_id).order_by(documents.c.id)
        after = ""
        while True:
            async with self._stores.database.read() as connection:
                ids = (await connection.scalars(here.where(documents.c.id > after).limit(_PAGE))).all()
                page = await standings(connection, ids, begun.sequence)
            if not ids:
                return
            yield page
            after = ids[-1]

    async def _advance(self, lease: Lease, begun: Begun, one: Standing) -> bool:
        """Look again, with the document held as it is, and take its step; false when it turns out to be settled."""
        async with self._stores.database.write() as connection:
            await lock(connection, f"{begun.collection_id}/{one.row.filename}")
            if not await _is_running(connection, begun):
                return False
            for held in await standings(connection, [one.row.id], begun.sequence):
                step = held.next_step(begun.era)
                if step == Step.REVIVE:
                    step = await self._name_of_hidden(connection, begun, held)
                await self._take(connection, begun, held, step)
                await self._stores.jobs.write(connection, lease, {})
                return step not in (Step.NOTHING, Step.GIVE_UP)
        return False

    async def _name_of_hidden(self, connection: AsyncConnection, begun: Begun, hidden: Standing) -> Step:
        """Whether a deleted document can come back: not as long as another has its name."""
        named = (documents.c.collection_id == begun.collection_id) & (documents.c.filename == hidden.row.filename)
        other = await connection.scalar(select(documents.c.id).where(named, ~documents.c.deleted))
        if other is None:
            return Step.REVIVE
        [standing] = await standings(connection, [other], begun.sequence)
        return Step.NOTHING if standing.next_step(begun.era) == Step.NOTHING else Step.WAIT

    async def _take(self, connection: AsyncConnection, begun: Begun, one: Standing, step: Step) -> None:
        row = one.row
        if step == Step.HIDE:
            await hide(connection, row.id)
            await call_off(connection, jobs.c.document_id == row.id)
            await add_job(connection, NewJob(JobKind.DELETE, row.tenant, row.collection_id, row.id), self._clock())
        elif step in (Step.REVERT, Step.REVIVE):
            # Also the removal of a hidden one: what it was is kept for as long as the rollback runs.
            await call_off(connection, jobs.c.document_id == row.id, jobs.c.kind.in_([JobKind.INGEST, JobKind.DELETE]))
            await self._revert(connection, begun, one)
        elif step == Step.TRY_AGAIN:
            await self._try_again(connection, row)

    async def _revert(self, connection: AsyncConnection, begun: Begun, one: Standing) -> None:
        """Make a new version of what the document was."""
        row, number = one.row, one.row.version + 1
        this = select(versions).where(versions.c.document_id == row.id, versions.c.version == one.target)
        old = (await connection.execute(this)).one()
        job_id = await self._queue(connection, row, number, old)
        made = {"version": number, "job_id": job_id, "era": begun.era, "copy_of": old.version}
        copied = {name: getattr(old, name) for name in _COPIED}
        await connection.execute(insert(versions).values(copied | made))
        described = {"version": number, "deleted": False, "title": PurePath(row.filename).stem or row.filename}
        if old.media_type is not None:
            described |= {"media_type": old.media_type, "metadata": old.metadata or {}}
        await connection.execute(update(documents).where(documents.c.id == row.id).values(described))

    async def _queue(self, connection: AsyncConnection, row: Row[Any], number: int, old: Row[Any]) -> str:
        note = decision(self._clock(), "rollback", "went back to what the document was", {"version": old.version})
        new = NewJob(JobKind.INGEST, row.tenant, row.collection_id, row.id, number, size=old.size, notes=(note,))
        return await add_job(connection, new, self._clock())

    async def _try_again(self, connection: AsyncConnection, row: Row[Any]) -> None:
        new = NewJob(JobKind.INGEST, row.tenant, row.collection_id, row.id, row.version)
        job_id = await add_job(connection, new, self._clock())
        this = (versions.c.document_id == row.id) & (versions.c.version == row.version)
        await connection.execute(update(versions).where(this).values(job_id=job_id))

    async def _come_again(self, lease: Lease, begun: Begun, unsettled: int, failed: list[str]) -> None:
        """When others have worked on what was queued: sooner for a few than for many."""
        again = NewJob(
            JobKind.ROLLBACK, lease.tenant, lease.collection_id, delay=_LOOK_SECONDS * (1 + unsettled // _PAGE)
        )
        async with self._stores.database.write() as connection:
            await connection.execute(_this(begun).values(unsettled=unsettled, failed=failed))
            await add_job(connection, again, self._clock())
            await self._stores.jobs.done(connection, lease)

    async def _finish(self, lease: Lease, begun: Begun, failed: list[str]) -> None:
        """Let queries see the present again. What is settled stays so: nothing can come between the look and this."""
        now = self._clock()
        here = (collections.c.id == begun.collection_id) & (collections.c.era == begun.era)
        async with self._stores.database.write() as connection:
            unpinned = await connection.execute(update(collections).where(here).values(pinned=None))
            if unpinned.rowcount == 1:
                await note_moment(connection, begun.collection_id, now)
                ended = {"state": DONE, "unsettled": 0, "failed": failed, "ended_at": now}
                await connection.execute(_this(begun).values(ended))
                collection = select(collections).where(here)
                row = (await connection.execute(collection)).one()
                await queue_release(connection, row, now, self._wait_seconds)
            await self._stores.jobs.done(connection, lease)


_COPIED = ("document_id", "sha256", "size", "original_key", "parsed_key", "media_type", "metadata")


async def _is_running(connection: AsyncConnection, begun: Begun) -> bool:
    """Whether no other rollback has taken its place; none can until the transaction ends."""
    this = (collections.c.id == begun.collection_id) & (collections.c.era == begun.era) & ~collections.c.deleted
    return await connection.scalar(select(collections.c.id).where(this).with_for_update(read=True)) is not None


def _this(begun: Begun) -> Any:
    return update(rollbacks).where(rollbacks.c.collection_id == begun.collection_id, rollbacks.c.era == begun.era)
