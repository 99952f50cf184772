"""What becomes due by the passing of time: waits that are over, and jobs whose worker went silent."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.jobs import Priority
from ragstone_ingestion.jobs.history import WORKER_LOST, closed, is_suspect
from ragstone_ingestion.jobs.model import JobRules, JobState
from ragstone_ingestion.jobs.turns import next_turn
from ragstone_ingestion.tables import jobs


@dataclass(frozen=True)
class Recovered:
    """How many jobs became due, how many were taken from silent workers, and how many of those had no attempt left."""

    due: int = 0
    lost: int = 0
    dead: int = 0

    def __add__(self, other: "Recovered") -> "Recovered":
        return Recovered(self.due + other.due, self.lost + other.lost, self.dead + other.dead)


async def recover(connection: AsyncConnection, rules: JobRules, now: float, limit: int) -> Recovered:
    """Queue up to ``limit`` jobs of each sort; to be called again while there are as many."""
    delayed = select(jobs).where(jobs.c.state == JobState.DELAYED, jobs.c.not_before <= now)
    waited = await _locked(connection, delayed.order_by(jobs.c.not_before), limit)
    for row in waited:
        turn = await next_turn(connection, row.tenant, Priority(row.priority))
        await _change(connection, row, {"state": JobState.QUEUED, "turn": turn})
    abandoned = select(jobs).where(jobs.c.state == JobState.RUNNING, jobs.c.lease_until <= now, ~jobs.c.called_off)
    lost = await _locked(connection, abandoned, limit)
    dead = 0
    for row in lost:
        values = _after_loss(row, rules, now)
        dead += values["state"] == JobState.FAILED
        await _change(connection, row, values)
    return Recovered(len(waited), len(lost), dead)


def _after_loss(row: Row[Any], rules: JobRules, now: float) -> dict[str, Any]:
    """Due at once and in its old turn, or a dead letter."""
    if is_suspect(row.history) and row.step is None:
        # It waited to be alone and never began: another one ended the worker.
        return {"state": JobState.QUEUED, "attempts": row.attempts - 1, "history": row.history[:-1]}
    detail = f"the worker disappeared in step {row.step}" if row.step else "the worker disappeared"
    history = closed(row.history, now, row.step, WORKER_LOST, detail)
    if rules.may_try_again(row.kind, row.attempts):
        return {"state": JobState.QUEUED, "history": history}
    return {
        "state": JobState.FAILED,
        "history": history,
        "error_code": WORKER_LOST,
        "error_detail": f"the worker disappeared in each of {row.attempts} attempts, the last in step {row.step}"
        if all(entry.get("code") == WORKER_LOST for entry in history)
        else f"{detail}, and no attempt is left after {row.attempts}",
        "ended_at": now,
        "updated_at": now,
    }


async def _locked(connection: AsyncConnection, wanted: Select[Any], limit: int) -> list[Row[Any]]:
    return list((await connection.execute(wanted.limit(limit).with_for_update(skip_locked=True))).all())


async def _change(connection: AsyncConnection, row: Row[Any], values: dict[str, Any]) -> None:
    await connection.execute(update(jobs).where(jobs.c.id == row.id).values(values))
