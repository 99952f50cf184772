"""What a rollback has yet to do about a document."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.history.lives import VERSIONS, seen_at
from ragstone_ingestion.jobs import OPEN, JobState
from ragstone_ingestion.tables import documents, jobs, versions

_NEWEST, _ACTIVE = versions.alias("newest"), versions.alias("active")


class Step(StrEnum):
    NOTHING = "nothing"
    """It is as it was, or was uploaded or deleted since the rollback began: it stays so whatever happens."""
    WAIT = "wait"
    """Somebody is at work on it."""
    REVERT = "revert"
    """Make what it was its newest version."""
    REVIVE = "revive"
    """It was deleted: the same, and show it again."""
    HIDE = "hide"
    """It was not there."""
    TRY_AGAIN = "try_again"
    """The version that a rollback made of it failed."""
    GIVE_UP = "give_up"
    """The version that a rollback made of it was refused: it stays as it is."""


@dataclass(frozen=True)
class Standing:
    """A document while a rollback runs; ``target`` is the version it is to be again, None if it was not there.

    The row has the document's columns, ``newest_era``, ``newest_copy_of``, ``job_id``, ``job_state`` and
    ``called_off`` of its newest version, and ``active_era``.
    """

    row: Row[Any]
    target: int | None

    def next_step(self, era: int) -> Step:
        """``era`` is that of the rollback."""
        row = self.row
        if row.deleted:
            return self._of_hidden(era)
        if (row.newest_era or 0) < era:
            if self.target is None:
                return Step.HIDE
            return Step.NOTHING if row.version == row.active_version == self.target else Step.REVERT
        if self._is_settled(era):
            return Step.NOTHING
        if row.job_state in OPEN and not row.called_off:
            return Step.WAIT
        return self._after_failure()

    def _of_hidden(self, era: int) -> Step:
        row = self.row
        if row.active_version is not None:
            return Step.WAIT
        return Step.NOTHING if row.era >= era or row.erased or self.target is None else Step.REVIVE

    def _is_settled(self, era: int) -> bool:
        if self.row.active_version is None:
            return self.target is None
        return bool(self.row.active_version == self.target or (self.row.active_era or 0) >= era)

    def _after_failure(self) -> Step:
        """The newest version came since the rollback began and will not answer."""
        if self.target is None:
            return Step.HIDE
        if self.row.newest_copy_of is None:
            return Step.REVERT
        return Step.GIVE_UP if self.row.job_state == JobState.REJECTED else Step.TRY_AGAIN


async def standings(connection: AsyncConnection, document_ids: Collection[str], sequence: int) -> list[Standing]:
    """Where the documents stand, in a rollback to the sequence, by id."""
    rows = (await connection.execute(_select(document_ids))).all()
    targets = await versions_at(connection, [row.id for row in rows], sequence)
    return [Standing(row, targets.get(row.id)) for row in rows]


async def versions_at(connection: AsyncConnection, document_ids: Sequence[str], sequence: int) -> dict[str, int]:
    """The version of each document that queries at the sequence see; none for documents they do not see."""
    wanted = select(versions.c.document_id, versions.c.version).select_from(VERSIONS)
    found = await connection.execute(wanted.where(documents.c.id.in_(document_ids), seen_at(sequence)))
    return {row.document_id: row.version for row in found}


def _select(document_ids: Collection[str]) -> Any:
    newest = (_NEWEST.c.document_id == documents.c.id) & (_NEWEST.c.version == documents.c.version)
    active = (_ACTIVE.c.document_id == documents.c.id) & (_ACTIVE.c.version == documents.c.active_version)
    joined = (
        documents.outerjoin(_NEWEST, newest).outerjoin(_ACTIVE, active).outerjoin(jobs, jobs.c.id == _NEWEST.c.job_id)
    )
    columns = [
        _NEWEST.c.era.label("newest_era"),
        _NEWEST.c.copy_of.label("newest_copy_of"),
        _NEWEST.c.job_id.label("job_id"),
        jobs.c.state.label("job_state"),
        jobs.c.called_off,
        _ACTIVE.c.era.label("active_era"),
    ]
    these = select(documents, *columns).select_from(joined).where(documents.c.id.in_(document_ids))
    return these.order_by(documents.c.id)
