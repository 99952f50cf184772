"""Workers: lease a job, keep its lease alive, run it, write down how it ended."""

import asyncio
import os
import socket
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ragstone_contracts.errors import DeadlineExceeded
from ragstone_ingestion import job_metrics
from ragstone_ingestion.errors import DocumentRejected, LeaseLost
from ragstone_ingestion.fencing import held_lease
from ragstone_ingestion.jobs import JobKind, JobState, JobStore, Lease, Priority, boot_time, error_code
from ragstone_ingestion.solitude import Solitude
from ragstone_ingestion.waker import InProcessWaker
from ragstone_kit.logs import get_logger
from ragstone_kit.tracing import span

_log = get_logger(__name__)
_BEATS_PER_LEASE = 5
_TOLD_SECONDS = 0.5
"""How long a step may last before the table says so."""
_LOOK_SECONDS = 0.05

Handler = Callable[[Lease], Awaitable[None]]


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

    def __init__(self, jobs: JobStore, handlers: Mapping[JobKind, Handler], rules: WorkerRules) -> None:
        self.waker = InProcessWaker()
        self._jobs = jobs
        self._handlers = handlers
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
        """Run the job whose turn it is, of one priority or of any; False when none is due."""
        lease = await self._jobs.lease(self._owner, priority=priority)
        if lease is not None:
            await self.run(lease)
        return lease is not None

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
                await self._run_alive(lease)
                job_metrics.ended(lease, JobState.DONE)
            except LeaseLost as lost:
                job_metrics.LEASES_LOST.inc()
                _log.warning("lease lost", job=lease.job_id, reason=lost.detail)
                await self._jobs.let_go(lease)
            except asyncio.CancelledError:
                await self._hand_back(lease)
                raise
            except Exception as error:  # noqa: BLE001  however the work fails, the job must say so
                await self._fail(lease, error)

    async def _work_on(self, lane: Priority | None) -> None:
        while True:
            try:
                if await self.run_next(lane):
                    continue
            except Exception as error:  # noqa: BLE001  a worker outlives a database that is away for a while
                _log.error("cannot reach the jobs", exc_info=error)
            await self.waker.wait(self._rules.poll_seconds)

    async def _run_alive(self, lease: Lease) -> None:
        """Run the handler while another task keeps the lease; the first of them to end ends both."""
        work = asyncio.create_task(self._handle(lease))
        beats = asyncio.create_task(self._beat(lease))
        try:
            done, _ = await asyncio.wait(
                {work, beats}, timeout=self._rules.job_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                raise TimeoutError(f"the attempt took more than {self._rules.job_seconds:g} s")
            for task in done:
                task.result()
        finally:
            work.cancel()
            beats.cancel()
            await asyncio.gather(work, beats, return_exceptions=True)

    async def _handle(self, lease: Lease) -> None:
        held_lease.set(lease)
        # What was at work when a worker disappeared is tried again alone: if it ends this one too, it ends no other.
        async with self._solitude.entered(alone=lease.is_suspect):
            await self._handlers[lease.kind](lease)

    async def _beat(self, lease: Lease) -> None:
        """Renew the lease in time, and let the table know of a step that lasts."""
        every = self._rules.lease_seconds / _BEATS_PER_LEASE
        pause = min(every, _TOLD_SECONDS)
        told, beats_at = lease.journal.step, boot_time() + every
        while True:
            step = lease.journal.step
            await asyncio.sleep(pause)
            if boot_time() + pause / 2 >= beats_at or told != step == lease.journal.step:
                await self._jobs.heartbeat(lease)
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

    async def _hand_back(self, lease: Lease) -> None:
        try:
            await self._jobs.hand_back(lease)
        except LeaseLost:
            await self._jobs.let_go(lease)
        except Exception as error:  # noqa: BLE001  whoever told this worker to stop must not wait for the database
            _log.error("not handed back; the lease runs out", job=lease.job_id, exc_info=error)
