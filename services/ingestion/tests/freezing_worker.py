"""A worker process that freezes between its last look at the jobs table and its write to the index.

Run by a test; whoever runs it sends SIGCONT.
"""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing

from sqlalchemy import make_url

from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.worker import work
from ragstone_kit.logs import configure_logs

_require_held = Steps.require_held


async def _require_held_then_freeze(steps: Steps) -> None:
    await _require_held(steps)
    _wait_for_the_lock()
    os.kill(os.getpid(), signal.SIGSTOP)


def _wait_for_the_lock() -> None:
    """Frozen while its heartbeat holds SQLite's write lock, a process would stop all others, which is another story."""
    database = make_url(IngestionSettings().database_url).database  # type: ignore[call-arg]
    assert database
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


if __name__ == "__main__":
    Steps.require_held = _require_held_then_freeze  # type: ignore[method-assign,assignment]
    configure_logs("INFO", json=True)
    asyncio.run(work(IngestionSettings()))  # type: ignore[call-arg]  # the environment fills what has no default
