"""``python -m services.ingestion.tests.dying FOLDER DOCUMENT AT``: erase a document, killed at a touch of a store."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from ragstone_index.edge import QdrantEdgeIndex

from .conftest import ADA, new_world
from .kill_switch import KillSwitch


class RealKillSwitch(KillSwitch):
    def point(self) -> None:
        if self.points == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.points += 1


async def erase_and_die(folder: Path, document_id: str, at: int) -> None:
    world = new_world(f"sqlite+aiosqlite:///{folder}/db", folder, lease_seconds=1)
    world.clock.now = time.time()
    async with world.process(QdrantEdgeIndex(folder / "index")) as ingestion:  # type: ignore[arg-type]
        RealKillSwitch(at).wire(ingestion)
        requested = await ingestion.deletion.request(ADA, document_id, erase=True)
        await ingestion.worker.finish(requested.job_id, None)


if __name__ == "__main__":
    asyncio.run(erase_and_die(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
