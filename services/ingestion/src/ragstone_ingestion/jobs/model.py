"""What a job and a lease are."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Update

from ragstone_contracts.jobs import JobKind, Priority
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs.history import is_suspect

Clock = Callable[[], float]

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_MOST_NOTES = 200
_MAINTENANCE = frozenset({JobKind.PRUNE, JobKind.LEAVE, JobKind.RECONCILE, JobKind.RELEASE})


def boot_time() -> float:
    """Seconds on a clock that nobody sets and that also counts while the process or the machine sleeps."""
    return time.clock_gettime(_BOOT_CLOCK)


class JobState(StrEnum):
    """States of the table. ``delayed`` is queued for later; a job ``called_off`` before it ran never starts."""

    QUEUED = "queued"
    DELAYED = "delayed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    CALLED_OFF = "called_off"


OPEN = (JobState.QUEUED, JobState.DELAYED, JobState.RUNNING)
DEAD = (JobState.FAILED, JobState.REJECTED)


def decision(at: float, step: str, made: str, facts: dict[str, Any]) -> dict[str, Any]:
    """A decision as the table keeps it."""
    return {"at": at, "step": step, "decision": made, "facts": facts}


@dataclass(frozen=True)
class NewJob:
    kind: JobKind
    tenant: str
    collection_id: str
    document_id: str | None = None
    version: int | None = None
    delay: float = 0.0
    """Seconds before it is due."""
    priority: Priority | None = None
    """By default that of the kind."""
    size: int = 0
    """Bytes of work, for estimates."""
    notes: tuple[dict[str, Any], ...] = ()
    """Decisions that were made before there was a job."""

    @property
    def urgency(self) -> Priority:
        if self.priority is not None:
            return self.priority
        return Priority.MAINTENANCE if self.kind in _MAINTENANCE else Priority.INTERACTIVE


@dataclass
class Journal:
    """What a running attempt has to tell. It is written with whatever write to its job comes next.

    ``safe_until`` is the boot time after which another worker may hold the job.
    """

    step: str | None = None
    progress: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    statements: list[Update] = field(default_factory=list)
    safe_until: float = float("inf")

    def note(self, at: float, step: str, made: str, facts: dict[str, Any]) -> None:
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(decision(at, step, made, facts))

    def values(self) -> dict[str, Any]:
        return {"step": self.step, "progress": self.progress, "timings": self.timings, "notes": self.notes}


@dataclass(frozen=True)
class Lease:
    """The right to work on a job. ``epoch`` fences it: it counts the job's leases, and only the newest may write."""

    job_id: str
    epoch: int
    kind: JobKind
    tenant: str
    collection_id: str
    document_id: str
    version: int
    attempts: int
    priority: Priority = Priority.INTERACTIVE
    trace: str | None = None
    """The W3C ``traceparent`` of the request that made the job necessary."""
    history: tuple[dict[str, Any], ...] = ()
    """The attempts, this one last."""
    journal: Journal = field(default_factory=Journal, compare=False)

    @property
    def is_suspect(self) -> bool:
        """True when the worker of the attempt before disappeared: the job is tried again alone."""
        return is_suspect(self.history)

    def require_safe(self) -> None:
        """Raises LeaseLost when so much time has passed since the last heartbeat that others may hold the job."""
        if boot_time() >= self.journal.safe_until:
            raise LeaseLost(f"job {self.job_id} had no heartbeat for most of its lease")


class Paused(Exception):
    """A job has done what it can for now and is due again after ``seconds``, with all its attempts."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(f"due again in {seconds:g} s")
        self.seconds = seconds


@dataclass(frozen=True)
class JobRules:
    """``lease_seconds`` without a heartbeat free a job; ``backoff_seconds`` doubles after each failed attempt."""

    lease_seconds: float = 30.0
    max_attempts: int = 3
    backoff_seconds: float = 5.0

    def may_try_again(self, kind: str, attempts: int) -> bool:
        # Removing things must end in their being gone, however long a store is away.
        bounded = {JobKind.INGEST, JobKind.MOVE, JobKind.REINDEX, JobKind.SYNC}
        return kind not in bounded or attempts < self.max_attempts
