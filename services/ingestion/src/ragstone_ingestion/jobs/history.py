"""The attempts of a job, as its row keeps them: each is opened when it is leased and closed when it ends."""

from collections.abc import Sequence
from typing import Any

_KEPT = 20

Entry = dict[str, Any]


def opened(history: Sequence[Entry], attempt: int, worker: str, now: float) -> list[Entry]:
    """The history with one more attempt, without the oldest where they are many."""
    return [*history, {"attempt": attempt, "worker": worker, "started_at": now}][-_KEPT:]


def closed(history: Sequence[Entry], now: float, step: str | None, code: str | None, detail: str | None) -> list[Entry]:
    """The history with its last attempt ended; ``code`` None says that it completed the job."""
    if not history:
        return []
    return [*history[:-1], history[-1] | {"ended_at": now, "step": step, "code": code, "detail": detail}]
