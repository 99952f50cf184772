"""A worker process that freezes between its last look at the jobs table and its write to the index.

Run by a test; whoever runs it sends SIGCONT.
"""

import asyncio
import os
import signal

from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.worker import work
from ragstone_kit.logs import configure_logs

_require_held = Steps.require_held


async def _require_held_then_freeze(steps: Steps) -> None:
    await _require_held(steps)
    os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    Steps.require_held = _require_held_then_freeze  # type: ignore[method-assign,assignment]
    configure_logs("INFO", json=True)
    asyncio.run(work(IngestionSettings()))  # type: ignore[call-arg]  # the environment fills what has no default
