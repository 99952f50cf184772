"""Why a document stands where it does: every decision that was made about it, and what it waits for."""

from typing import Any

from sqlalchemy import Row, select

from ragstone_contracts.identity import Identity
from ragstone_contracts.jobs import Decision, DocumentDecisions
from ragstone_ingestion.document_store import DocumentStore
from ragstone_ingestion.forecast import Forecast, Outlook
from ragstone_ingestion.hints import hint_for
from ragstone_ingestion.jobs import Clock, JobKind, JobState
from ragstone_ingestion.tables import jobs
from ragstone_kit.database import Database

_NEWEST = 20


class Why:
    def __init__(self, database: Database, documents: DocumentStore, forecast: Forecast, clock: Clock) -> None:
        self._database = database
        self._documents = documents
        self._forecast = forecast
        self._clock = clock

    async def about(self, identity: Identity, document_id: str) -> DocumentDecisions:
        """The decisions of the document's newest jobs, oldest first, then where it stands. Raises NotFound."""
        document = await self._documents.get(identity, document_id)
        wanted = select(jobs).where(jobs.c.document_id == document_id, jobs.c.state != JobState.CALLED_OFF)
        async with self._database.read() as connection:
            rows = (await connection.execute(wanted.order_by(jobs.c.created_at.desc()).limit(_NEWEST))).all()
        made = [decision for row in reversed(rows) for decision in _made_by(row)]
        made.sort(key=lambda decision: decision.at)
        newest = [row for row in rows if row.kind == JobKind.INGEST and row.version == document.version][:1]
        standing = [self._standing(row, await self._forecast.of(row)) for row in newest]
        return DocumentDecisions(document_id=document_id, decisions=made + standing)

    def _standing(self, row: Row[Any], outlook: Outlook) -> Decision:
        now, state = self._clock(), JobState(row.state)
        if state == JobState.RUNNING and row.lease_until <= now:
            return _says(row, now, "waits for another worker: the one that held it went silent")
        return _says(row, now, *_sentence(row, state, outlook, now))


def _made_by(row: Row[Any]) -> list[Decision]:
    """The notes of a job and how each of its attempts ended."""
    notes = [Decision(**note, version=row.version) for note in row.notes]
    ended = [entry for entry in row.history if entry.get("code")]
    return notes + [
        Decision(
            at=entry["ended_at"],
            step=entry.get("step") or row.kind,
            decision="the attempt ended without a result",
            facts={name: entry[name] for name in ("attempt", "code", "detail")},
            version=row.version,
        )
        for entry in ended
    ]


def _says(row: Row[Any], at: float, decision: str, facts: dict[str, Any] | None = None) -> Decision:
    return Decision(at=at, step="now", decision=decision, facts=facts or {}, version=row.version)


def _sentence(row: Row[Any], state: JobState, outlook: Outlook, now: float) -> tuple[str, dict[str, Any]]:
    eta = None if outlook.seconds is None else outlook.seconds
    about = "" if eta is None else f", about {_spoken(eta)}"
    facts = {"state": state.value, "attempts": row.attempts, "eta_seconds": eta}
    if state == JobState.QUEUED:
        return f"waits: {outlook.ahead} jobs ahead{about}", facts | {"ahead": outlook.ahead}
    if state == JobState.DELAYED:
        wait = max(0.0, row.not_before - now)
        return f"waits {_spoken(wait)} before its next attempt", facts | {"due_at": row.not_before}
    if state == JobState.RUNNING:
        return f"is in step {row.step or 'parse'}, {row.progress:.0%} done{about}", facts | {"progress": row.progress}
    if state == JobState.DONE:
        return "answers questions", facts
    reason = {"code": row.error_code, "detail": row.error_detail, "hint": hint_for(row.error_code)}
    return f"is {state.value}: {row.error_detail}", facts | reason


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
