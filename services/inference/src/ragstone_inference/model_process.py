"""A model server as a child process: started, watched, restarted with back-off, drained, and ended with its parent."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import deque
from collections.abc import AsyncIterator

from ragstone_contracts.errors import RagstoneError
from ragstone_inference.errors import ModelCrashed, ModelStarting, ModelStopping
from ragstone_inference.settings import child_environment
from ragstone_inference.supervision import (
    Served,
    State,
    Supervision,
    process_crashes,
    process_starts,
    processes_ready,
    seconds_to_ready,
)
from ragstone_kit.logs import get_logger
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import AiohttpTransport

_log = get_logger(__name__)
_LAST_WORDS_SECONDS = 1.0
_WHILE_STARTING = 0.1
_LINES_KEPT = 40
_READ_AT_ONCE = 64 * 1024
_LONGEST_LINE = 1000


class ModelProcess:
    """Belongs to one event loop. What the server writes is logged at level debug; its last lines are kept."""

    def __init__(self, served: Served, supervision: Supervision | None = None) -> None:
        self.served = served
        self.state = State.STOPPED
        self.lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._supervision = supervision or Supervision()
        self._port = served.port or 0
        self._process: Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._in_use = 0
        self._unused = asyncio.Event()
        self._unused.set()
        self._again_at = 0.0
        self._ready_at: float | None = None

    @property
    def url(self) -> str:
        """Where it answers; changes from start to start unless the port is fixed."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Returns at once; the server is ready when its model is loaded and warm."""
        self._become(State.STARTING)
        self._keeping = asyncio.create_task(self._keep_running())

    def check(self) -> None:
        """Returns when it can be asked. Raises ModelStarting, ModelCrashed or ModelStopping."""
        left = max(self._again_at - asyncio.get_running_loop().time(), 0.0)
        match self.state:
            case State.READY:
                return
            case State.GIVEN_UP:
                last = self.lines[-1] if self.lines else "it wrote nothing"
                raise ModelCrashed(f"{self.served.name} ended again and again: {last}", retry_after=left)
            case State.STARTING | State.RESTARTING:
                raise ModelStarting(f"{self.served.name} is {self.state}", retry_after=max(left, 1.0))
            case _:
                raise ModelStopping(f"{self.served.name} is {self.state}")

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[str]:
        """Its URL for one request, which a stop waits for. Raises as ``check`` does."""
        self.check()
        self._in_use += 1
        self._unused.clear()
        try:
            yield self.url
        finally:
            self._in_use -= 1
            if not self._in_use:
                self._unused.set()

    def drain(self) -> None:
        """Take no more requests."""
        self._become(State.DRAINING)

    async def stop(self) -> None:
        """Let the requests in use end, then the process: asked first, killed when it does not go in time."""
        self.drain()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._unused.wait(), self._supervision.to_drain)
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._process is not None:
            await self._end_process(self._process)
        await self._end_reading()
        self._become(State.STOPPED)

    def _become(self, state: State) -> None:
        # What the supervision still finds out does not make a draining server ready again.
        if self.state is not State.DRAINING or state is State.STOPPED:
            self.state = state
        processes_ready.labels(self.served.name).set(self.state is State.READY)

    async def _keep_running(self) -> None:
        rules, clock = self._supervision, asyncio.get_running_loop()
        wait, crashes = rules.first_wait, 0
        while True:
            try:
                status, ready_for = await self._run_once()
            except OSError as error:  # no memory, no process, no file descriptor
                self._heard(f"it cannot be started: {error}")
                status, ready_for = -1, 0.0
            if ready_for > rules.steady:
                wait, crashes = rules.first_wait, 0
            crashes += 1
            process_crashes.labels(self.served.name).inc()
            given_up = crashes >= rules.crashes
            pause = rules.rest if given_up else wait
            self._again_at = clock.time() + pause
            self._become(State.GIVEN_UP if given_up else State.RESTARTING)
            report = _log.error if given_up else _log.warning
            report("model server ended", model=self.served.name, status=status, again_in=pause, said=[*self.lines][-5:])
            await asyncio.sleep(pause)
            wait = min(2 * wait, rules.longest_wait)

    async def _run_once(self) -> tuple[int, float]:
        """Its exit status, and for how many seconds it was ready."""
        self._become(State.STARTING)
        self._ready_at, self._port = None, self.served.port or _free_port()
        process_starts.labels(self.served.name).inc()
        clock = asyncio.get_running_loop()
        # Not asyncio's own pipe: with it, nobody hears of the server's end while a child of it holds the other side.
        source, output = os.pipe()
        self._reading = asyncio.create_task(self._read(source))
        try:
            self._process = process = await self._spawn(output)
        finally:
            os.close(output)
        watch = asyncio.create_task(self._watch(process))
        try:
            status = await process.wait()
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
        _signal_group(process, signal.SIGKILL)  # what it started itself does not outlive it
        await self._end_reading()
        return status, 0.0 if self._ready_at is None else clock.time() - self._ready_at

    async def _spawn(self, output: int) -> Process:
        guarded = [sys.executable, "-m", "ragstone_inference.die_with_parent", str(os.getpid())]
        return await asyncio.create_subprocess_exec(
            *guarded,
            *self.served.command(self._port),
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            env=child_environment(self.served.environment),
            start_new_session=True,
        )

    async def _read(self, source: int) -> None:
        reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(source, "rb", 0)
        )
        rest = b""
        try:
            while data := await reader.read(_READ_AT_ONCE):
                *lines, rest = (rest + data).split(b"\n")
                rest = rest[-_LONGEST_LINE:]
                for line in lines:
                    self._heard(line[-_LONGEST_LINE:].decode(errors="replace").rstrip())
            if rest:
                self._heard(rest.decode(errors="replace"))
        finally:
            transport.close()

    async def _end_reading(self) -> None:
        """What it started in a session of its own may hold the other end for ever: nobody waits for that."""
        reading, self._reading = self._reading, None
        if reading is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reading, _LAST_WORDS_SECONDS)

    def _heard(self, line: str) -> None:
        self.lines.append(line)
        _log.debug("model server", model=self.served.name, line=line)

    async def _watch(self, process: Process) -> None:
        """Until the server ends, or is found not to answer and is ended."""
        clock, rules = asyncio.get_running_loop(), self._supervision
        started = clock.time()
        client = ServiceClient(AiohttpTransport(self.url), timeout=rules.to_answer)
        try:
            async with asyncio.timeout(rules.to_start):
                while not await self._healthy(client):  # noqa: ASYNC110  another process has no event to wait for
                    await asyncio.sleep(_WHILE_STARTING)
                if self.served.warm_up is not None:
                    await self.served.warm_up(self.url)
            self._ready_at = clock.time()
            self._become(State.READY)
            seconds_to_ready.labels(self.served.name).set(self._ready_at - started)
            failed = 0
            while failed < rules.failed_checks:
                await asyncio.sleep(rules.between_checks)
                failed = 0 if await self._healthy(client) else failed + 1
            _log.warning("model server does not answer", model=self.served.name)
        except (TimeoutError, RagstoneError) as error:
            _log.warning("model server does not become ready", model=self.served.name, reason=repr(error))
        finally:
            await client.close()
        await self._end_process(process)

    async def _healthy(self, client: ServiceClient) -> bool:
        try:
            async with client.open(None, "GET", self.served.health) as response:
                await response.read()
        except RagstoneError:
            return False
        return True

    async def _end_process(self, process: Process) -> None:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._supervision.to_stop)
        except TimeoutError:
            _log.warning("model server is killed", model=self.served.name)
        _signal_group(process, signal.SIGKILL)
        await process.wait()


def _signal_group(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
