"""Going back: queries see the old state at once, and a job makes the documents so while they do."""

from typing import Any

from sqlalchemy import Row, insert, select, update

from ragstone_contracts.errors import NotFound
from ragstone_contracts.history import Rollback
from ragstone_contracts.identity import Identity
from ragstone_ingestion.errors import NothingToUndo
from ragstone_ingestion.history.as_of import resolve
from ragstone_ingestion.history.moments import note_moment
from ragstone_ingestion.history.snapshots import BEFORE_ROLLBACK, add_snapshot, held_collection
from ragstone_ingestion.jobs import Clock, JobKind, NewJob, add_job, call_off
from ragstone_ingestion.tables import collections, jobs, rollbacks
from ragstone_kit.database import Database

RUNNING, DONE, SUPERSEDED = "running", "done", "superseded"


class Rollbacks:
    """Of collections that the caller was found to see."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, identity: Identity, collection_id: str, to: str) -> Rollback:
        """Pin what queries see to a state of the past; with this transaction every query sees it.

        What was seen until now gets a snapshot. What was uploaded and is not ready yet never will be; what is uploaded
        from now on appears when the rollback is done. Raises NotFound, InvalidRequest or GoneVersion.
        """
        now = self._clock()
        async with self._database.write() as connection:
            row = await held_collection(connection, collection_id)
            sequence = await resolve(connection, row, to, now)
            era = row.era + 1
            before = await add_snapshot(connection, row, f"{BEFORE_ROLLBACK}{era}", identity.user, now, automatic=True)
            here = update(collections).where(collections.c.id == collection_id)
            await connection.execute(here.values(pinned=sequence, era=era))
            await note_moment(connection, collection_id, now)
            await call_off(connection, jobs.c.collection_id == collection_id, jobs.c.kind == JobKind.INGEST)
            running = (rollbacks.c.collection_id == collection_id) & (rollbacks.c.state == RUNNING)
            await connection.execute(update(rollbacks).where(running).values(state=SUPERSEDED, ended_at=now))
            begun = {
                "collection_id": collection_id,
                "era": era,
                "target": to,
                "sequence": sequence,
                "before": before.name,
                "state": RUNNING,
                "failed": [],
                "created_at": now,
                "created_by": identity.user,
            }
            await connection.execute(insert(rollbacks).values(begun))
            await add_job(connection, NewJob(JobKind.ROLLBACK, row.tenant, collection_id), now)
        return await self.last(collection_id)

    async def undo(self, identity: Identity, collection_id: str) -> Rollback:
        """Go back to what was seen before the last rollback. Raises NothingToUndo without one."""
        try:
            last = await self.last(collection_id)
        except NotFound as error:
            raise NothingToUndo("the collection was never rolled back") from error
        return await self.begin(identity, collection_id, last.before)

    async def last(self, collection_id: str) -> Rollback:
        """The rollback under way, or else the last one. Raises NotFound without one."""
        wanted = select(rollbacks).where(rollbacks.c.collection_id == collection_id)
        async with self._database.read() as connection:
            newest = wanted.order_by(rollbacks.c.era.desc()).limit(1)
            row = (await connection.execute(newest)).one_or_none()
        if row is None:
            raise NotFound("the collection was never rolled back")
        return _rollback(row)


def _rollback(row: Row[Any]) -> Rollback:
    return Rollback(
        collection_id=row.collection_id,
        number=row.era,
        to=row.target,
        sequence=row.sequence,
        before=row.before,
        state=row.state,
        unsettled=row.unsettled,
        failed=row.failed,
        created_at=row.created_at,
        created_by=row.created_by,
        ended_at=row.ended_at,
    )
