"""Jobs: the work ingestion does on documents, and the decisions it made on the way."""

from enum import IntEnum, StrEnum
from typing import Any

from pydantic import Field

from ragstone_contracts.documents import DocumentError
from ragstone_contracts.model import Wire


class JobKind(StrEnum):
    INGEST = "ingest"
    """Make a document version answer questions."""
    PRUNE = "prune"
    """Remove what a version that was replaced left in the index."""
    DELETE = "delete"
    """Remove a document from every store."""
    DROP = "drop"
    """Remove a collection from every store."""
    RECONCILE = "reconcile"
    """Hold every store against the tables."""
    SHARE = "share"
    """Tell the index who may see a document, or those of a collection that inherit its access."""
    MOVE = "move"
    """Let a document answer in another collection instead of its own."""
    LEAVE = "leave"
    """Remove what a document that was moved left in the index of its old collection."""
    SYNC = "sync"
    """Bring a collection in step with a connector's source."""
    RELEASE = "release"
    """Remove what only a deleted snapshot, or a rollback that has ended, kept."""
    REINDEX = "reindex"
    """Cut and embed a collection anew into a second index, and have that one answer."""
    ROLLBACK = "rollback"
    """Make the documents of a collection what they were."""


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """A dead letter: no attempt is left."""
    REJECTED = "rejected"
    """The document itself cannot be taken."""


class Priority(IntEnum):
    """Which jobs go first; between jobs of the same priority, tenants take turns."""

    INTERACTIVE = 0
    """Somebody waits for it: a single upload, a deletion."""
    BATCH = 1
    """Uploads beyond the few that one tenant may have in a hurry."""
    MAINTENANCE = 2


class Attempt(Wire):
    """One try at a job. ``code`` and ``detail`` say why it did not complete it; times are Unix seconds."""

    attempt: int
    worker: str
    started_at: float
    ended_at: float | None = None
    step: str | None = None
    code: str | None = None
    detail: str | None = None


class Decision(Wire):
    """What ingestion decided, when and in which step; ``facts`` holds what it was decided by."""

    at: float
    step: str
    decision: str
    facts: dict[str, Any] = {}
    version: int | None = None


class DocumentDecisions(Wire):
    """Everything ingestion decided about a document, oldest first; the last entry says where it stands."""

    document_id: str
    decisions: list[Decision]


class Job(Wire):
    """Where a job stands. ``ahead`` jobs start before it; ``eta_seconds`` is an estimate of when it ends."""

    job_id: str
    kind: JobKind
    state: JobState
    priority: Priority
    collection: str
    collection_id: str
    document_id: str
    """Empty, as ``filename``, where the job is about the whole collection."""
    filename: str
    version: int | None = None
    step: str | None = None
    progress: float = Field(ge=0, le=1)
    timings: dict[str, float] = {}
    attempts: int
    history: list[Attempt] = []
    error: DocumentError | None = None
    ahead: int | None = None
    eta_seconds: float | None = None
    due_at: float | None = None
    """When a queued job may start, if that is still to come."""
    created_at: float
    updated_at: float
    ended_at: float | None = None


class JobList(Wire):
    """Jobs, newest first; ``next_cursor`` asks for the ones after them."""

    jobs: list[Job]
    next_cursor: str | None = None


class JobFilter(Wire):
    """Which jobs; None means any. ``collection`` is a name or id."""

    state: JobState | None = None
    kind: JobKind | None = None
    collection: str | None = None


class RequeueRequest(Wire):
    """Which dead letters to try again: all the caller may see, or those of a collection or with an error code."""

    collection: str | None = None
    code: str | None = None
    limit: int = Field(default=1000, ge=1, le=10_000)


class Requeued(Wire):
    requeued: int
