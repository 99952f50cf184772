"""The attempts of a job, as its row keeps them: each is opened when it is leased and closed when it ends."""

from collections.abc import Sequence
from typing import Any

_KEPT = 20

WORKER_LOST = "worker_lost"

Entry = dict[str, Any]


def is_suspect(history: Sequence[Entry]) -> bool:
    """True when the worker of the attempt before the last disappeared: the job may be what ended it."""
    return len(history) > 1 and history[-2].get("code") == WORKER_LOST


def opened(history: Sequence[Entry], attempt: int, worker: str, now: float) -> list[Entry]:
    """The history with one more attempt, without the oldest where they are many."""
    return [*history, {"attempt": attempt, "worker": worker, "started_at": now}][-_KEPT:]


def closed(history: Sequence[Entry], now: float, step: str | None, code: str | None, detail: str | None) -> list[Entry]:
    """The history with its last attempt ended; ``code`` None says that it completed the job."""
    if not history:
        return []
    return [*history[:-1], history[-1] | {"ended_at": now, "step": step, "code": code, "detail": detail}]
