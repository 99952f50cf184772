"""Workers: lease a job, keep its lease alive, run it, write down how it ended."""

import asyncio
import os
import socket
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from ragstone_contracts.errors import DeadlineExceeded
from ragstone_ingestion import job_metrics
from ragstone_ingestion.errors import DocumentRejected, LeaseLost
from ragstone_ingestion.fencing import held_leases
from ragstone_ingestion.jobs import JobKind, JobState, JobStore, Lease, Paused, Priority, boot_time, error_code
from ragstone_ingestion.solitude import Solitude
from ragstone_ingestion.stage_slots import StageSlots
from ragstone_ingestion.waker import InProcessWaker
from ragstone_kit.logs import get_logger
from ragstone_kit.tracing import span

_log = get_logger(__name__)
_BEATS_PER_LEASE = 5
_TOLD_SECONDS = 0.5
"""How long a step may last before the table says so."""
_LOOK_SECONDS = 0.05

Result = TypeVar("Result")

Handler = Callable[[Lease], Awaitable[None]]
Together = Callable[[Sequence[Lease]], Awaitable[Sequence[Lease]]]
"""Works on jobs as one; returns those that have to be worked on alone."""


@dataclass(frozen=True)
class WorkerRules:
    """``concurrency`` jobs at a time; ``job_seconds`` bounds an attempt, ``poll_seconds`` a sleep.

    ``express`` more jobs at a time, of the most urgent priority alone: they wait for no other tenant's batch.
    """

    concurrency: int = 2
    express: int = 0
    lease_seconds: float = 30.0
    job_seconds: float = 3600.0
    poll_seconds: float = 2.0


class Worker:
    """Runs jobs by their kind. :meth:`run` until :meth:`stop`, or :meth:`drain` until nothing is due."""

    def __init__(
        self,
        jobs: JobStore,
        handlers: Mapping[JobKind, Handler],
        together: Together,
        rules: WorkerRules,
        slots: StageSlots,
    ) -> None:
        self.waker = InProcessWaker()
        self._jobs = jobs
        self._handlers = handlers
        self._together = together
        self._slots = slots
        self._rules = rules
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self._loops: list[asyncio.Task[None]] = []
        self._solitude = Solitude()

    def start(self) -> None:
        """Work in the background until :meth:`stop`."""
        lanes = [None] * self._rules.concurrency + [Priority.INTERACTIVE] * self._rules.express
        self._loops = [asyncio.create_task(self._work_on(lane)) for lane in lanes]

    async def stop(self) -> None:
        """Stop at once and hand back what is leased; nothing is lost, and no attempt is counted."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops = []

    async def drain(self) -> int:
        """Run jobs one after the other until none is due; returns how many."""
        ran = 0
        while await self.run_next():
            ran += 1
        return ran

    async def run_next(self, priority: Priority | None = None) -> bool:
        """Run the job whose turn it is, of one priority or of any, and those that go with it; False without one."""
        leases = await self._jobs.lease_together(self._owner, priority)
        if len(leases) > 1:
            await self._run_together(leases)
        elif leases:
            await self.run(leases[0])
        return bool(leases)

    async def finish(self, job_id: str, seconds: float | None) -> None:
        """Have a job ended, here or by the worker that holds it. Raises DeadlineExceeded after ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                while await self._jobs.is_open(job_id):
                    lease = await self._jobs.lease(self._owner, job_id)
                    if lease is None:
                        await asyncio.sleep(_LOOK_SECONDS)
                    else:
                        await self.run(lease)
        except TimeoutError as error:
            raise DeadlineExceeded("the work goes on after this answer") from error

    async def finished_within(self, job_id: str, seconds: float) -> bool:
        """Have a job ended as :meth:`finish` does; False when it takes longer and goes on after this."""
        try:
            await self.finish(job_id, seconds)
        except DeadlineExceeded:
            return False
        return True

    async def run(self, lease: Lease) -> None:
        """Run a leased job to an end that the table knows."""
        with span(f"job {lease.kind}", None if lease.trace is None else {"traceparent": lease.trace}):
            try:
                await self._run_alive([lease], partial(self._handlers[lease.kind], lease))
                job_metrics.ended(lease, JobState.DONE)
            except Paused as pause:
                await self._pause(lease, pause.seconds)
            except LeaseLost as lost:
                job_metrics.LEASES_LOST.inc()
                _log.warning("lease lost", job=lease.job_id, reason=lost.detail)
                await self._jobs.let_go(lease)
            except asyncio.CancelledError:
                await self._hand_back(lease)
                raise
            except Exception as error:  # noqa: BLE001  however the work fails, the job must say so
                await self._fail(lease, error)

    async def _run_together(self, leases: Sequence[Lease]) -> None:
        """Run jobs as one; those that did not end so are handed back, to be run alone."""
        alone = leases
        with span(f"{len(leases)} jobs {leases[0].kind}"):
            try:
                alone = await self._run_alive(leases, partial(self._together, leases))
            except Exception as error:  # noqa: BLE001  which of them is at fault shows when each is run alone
                _log.warning("jobs did not end together", jobs=len(leases), reason=str(error))
            finally:
                for lease in alone:
                    await self._hand_back(lease, "to be looked at alone")
        left = {lease.job_id for lease in alone}
        for lease in leases:
            if lease.job_id not in left:
                job_metrics.ended(lease, JobState.DONE)

    async def _work_on(self, lane: Priority | None) -> None:
        while True:
            try:
                if await self.run_next(lane):
                    continue
            except Exception as error:  # noqa: BLE001  a worker outlives a database that is away for a while
                _log.error("cannot reach the jobs", exc_info=error)
            await self.waker.wait(self._rules.poll_seconds)

    async def _run_alive(self, leases: Sequence[Lease], handle: Callable[[], Awaitable[Result]]) -> Result:
        """What ``handle`` gives, while another task keeps the leases; the first of them to end ends both."""
        work = asyncio.create_task(self._handle(leases, handle))
        beats = asyncio.create_task(self._beat(leases))
        try:
            done, _ = await asyncio.wait(
                {work, beats}, timeout=self._rules.job_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                raise TimeoutError(f"the attempt took more than {self._rules.job_seconds:g} s")
            for task in done:
                task.result()
            return work.result()
        finally:
            work.cancel()
            beats.cancel()
            await asyncio.gather(work, beats, return_exceptions=True)

    async def _handle(self, leases: Sequence[Lease], handle: Callable[[], Awaitable[Result]]) -> Result:
        held_leases.set(leases)
        # What was at work when a worker disappeared is tried again alone: if it ends this one too, it ends no other.
        async with self._solitude.entered(alone=leases[0].is_suspect):
            if leases[0].is_suspect:
                leases[0].journal.step = "start"
                await self._jobs.heartbeat(leases[0])  # from here on, and not before, a loss may be its doing
            with self._slots.present(leases[0].priority):
                return await handle()

    async def _beat(self, leases: Sequence[Lease]) -> None:
        """Renew the leases in time, and let the table know of a step that lasts."""
        every = self._rules.lease_seconds / _BEATS_PER_LEASE
        pause, journal = min(every, _TOLD_SECONDS), leases[0].journal
        told, beats_at = journal.step, boot_time() + every
        while True:
            step = journal.step
            await asyncio.sleep(pause)
            if boot_time() + pause / 2 >= beats_at or told != step == journal.step:
                await self._jobs.heartbeat(*leases)
                told, beats_at = step, boot_time() + every

    async def _fail(self, lease: Lease, error: Exception) -> None:
        try:
            state = await self._jobs.fail(lease, error)
        except LeaseLost:
            await self._jobs.let_go(lease)
            return
        job_metrics.ended(lease, state, error_code(error))
        if isinstance(error, DocumentRejected):
            _log.info("document rejected", job=lease.job_id, document=lease.document_id, code=error.code)
        else:
            _log.error("attempt failed", job=lease.job_id, attempts=lease.attempts, state=state, exc_info=error)

    async def _pause(self, lease: Lease, seconds: float) -> None:
        try:
            await self._jobs.pause(lease, seconds)
        except LeaseLost:
            await self._jobs.let_go(lease)

    async def _hand_back(self, lease: Lease, why: str = "the worker was told to stop") -> None:
        try:
            await self._jobs.hand_back(lease, why)
        except LeaseLost:
            await self._jobs.let_go(lease)
        except Exception as error:  # noqa: BLE001  whoever told this worker to stop must not wait for the database
            _log.error("not handed back; the lease runs out", job=lease.job_id, exc_info=error)
