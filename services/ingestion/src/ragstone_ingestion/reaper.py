"""The reaper: every few seconds it queues what became due, frees what silent workers held, and wakes who can work.

The jobs table is the outbox: whoever was to wake a worker may have died before, so the table is compared with the
messages that wait, and what is missing is sent. Every process has a reaper; several do no harm.
"""

import asyncio

from ragstone_contracts.errors import RagstoneError
from ragstone_ingestion import job_metrics
from ragstone_ingestion.jobs import Depth, JobOverview, JobStore, Recovered
from ragstone_ingestion.waker import InProcessWaker, RemoteWaker, Waker
from ragstone_kit.logs import get_logger

_log = get_logger(__name__)
_MOST_MESSAGES = 1000
_PAUSE_SECONDS = 0.05


class Reaper:
    """``local`` is woken when something is due; ``broker`` carries messages to the workers of other processes."""

    def __init__(
        self, jobs: JobStore, overview: JobOverview, seconds: float, *, local: Waker, broker: RemoteWaker | None = None
    ) -> None:
        self.waker = InProcessWaker()
        """To be called when jobs were added: what is due is then announced at once."""
        self._jobs = jobs
        self._overview = overview
        self._seconds = seconds
        self._local = local
        self._broker = broker
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Reap in the background until :meth:`stop`."""
        self._loop = asyncio.create_task(self.run())

    async def stop(self) -> None:
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
            self._loop = None

    async def run(self) -> None:
        """Reap every few seconds, and announce in between when called."""
        due = 0.0
        while True:
            now = asyncio.get_running_loop().time()
            try:
                if now >= due:
                    due = now + self._seconds
                    await self.reap()
                else:
                    await self._announce(await self._overview.depth())
            except RagstoneError as error:
                _log.warning("cannot wake a worker", reason=error.detail)
            except Exception as error:  # noqa: BLE001  the reaper outlives a database that is away for a while
                _log.error("cannot reap", exc_info=error)
            await asyncio.sleep(_PAUSE_SECONDS)  # many uploads at once are announced together
            await self.waker.wait(max(0.0, due - asyncio.get_running_loop().time()))

    async def reap(self) -> Recovered:
        """One round; returns what was recovered. Raises Unavailable when the broker is away."""
        total = Recovered()
        while (found := await self._jobs.recover()) != Recovered():
            total += found
        job_metrics.REAPED.inc(total.lost)
        if total.lost:
            _log.warning("took jobs from silent workers", jobs=total.lost, dead_letters=total.dead)
        depth = await self._overview.depth()
        job_metrics.show(depth, await self._overview.dead_letters(), self._jobs.now())
        await self._announce(depth)
        return total

    async def _announce(self, depth: Depth) -> None:
        """Have a message waiting for each job that is due."""
        if depth.due:
            await self._local.wake()
        if self._broker is None:
            return
        for priority, due in depth.due.items():
            missing = min(due, _MOST_MESSAGES) - await self._broker.waiting(priority)
            if missing > 0:
                await self._broker.wake(priority, missing)
