"""Workers: lease a job, keep its lease alive, run it, write down how it ended."""

import asyncio
import os
import socket
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from ragstone_contracts.errors import DeadlineExceeded
from ragstone_ingestion.errors import DocumentRejected, LeaseLost
from ragstone_ingestion.jobs import JobKind, JobStore, Lease
from ragstone_ingestion.waker import InProcessWaker
from ragstone_kit.logs import get_logger
from ragstone_kit.tracing import span

_log = get_logger(__name__)
_BEATS_PER_LEASE = 5
_LOOK_SECONDS = 0.05

Handler = Callable[[Lease], Awaitable[None]]


@dataclass(frozen=True)
class WorkerRules:
    """``concurrency`` jobs at a time; ``job_seconds`` bounds an attempt, ``poll_seconds`` a sleep."""

    concurrency: int = 2
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

    def start(self) -> None:
        """Work in the background until :meth:`stop`."""
        self._loops = [asyncio.create_task(self._work_on()) for _ in range(self._rules.concurrency)]

    async def stop(self) -> None:
        """Stop at once and hand back what is leased; nothing is lost, and no attempt is counted."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        self._loops = []

    async def drain(self) -> int:
        """Run jobs one after the other until none is due; returns how many."""
        ran = 0
        while (lease := await self._jobs.lease(self._owner)) is not None:
            await self.run(lease)
            ran += 1
        return ran

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

    async def run(self, lease: Lease) -> None:
        """Run a leased job to an end that the table knows."""
        with span(f"job {lease.kind}"):
            try:
                await self._run_alive(lease)
            except LeaseLost as lost:
                _log.warning("lease lost", job=lease.job_id, reason=lost.detail)
                await self._jobs.let_go(lease)
            except asyncio.CancelledError:
                await self._hand_back(lease)
                raise
            except Exception as error:  # noqa: BLE001  however the work fails, the job must say so
                await self._fail(lease, error)

    async def _work_on(self) -> None:
        while True:
            try:
                lease = await self._jobs.lease(self._owner)
                if lease is not None:
                    await self.run(lease)
                    continue
            except Exception as error:  # noqa: BLE001  a worker outlives a database that is away for a while
                _log.error("cannot reach the jobs", exc_info=error)
            await self.waker.wait(self._rules.poll_seconds)

    async def _run_alive(self, lease: Lease) -> None:
        """Run the handler while another task keeps the lease; the first of them to end ends both."""
        work = asyncio.ensure_future(self._handlers[lease.kind](lease))
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

    async def _beat(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._rules.lease_seconds / _BEATS_PER_LEASE)
            await self._jobs.heartbeat(lease)

    async def _fail(self, lease: Lease, error: Exception) -> None:
        try:
            state = await self._jobs.fail(lease, error)
        except LeaseLost:
            await self._jobs.let_go(lease)
            return
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
