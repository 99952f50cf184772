"""A model server as a child process: started, restarted with back-off when it ends, stopped with its parent."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence

from ragstone_kit.logs import get_logger

_log = get_logger(__name__)
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_STEADY = 60.0
_SECONDS_TO_STOP = 5.0


class ModelProcess:
    """Runs ``command(port)`` on a loopback port of its own choosing, again whenever it ends.

    A process that lived for a minute counts as sound: the next wait starts small again.
    """

    def __init__(self, command: Callable[[int], Sequence[str]], *, first_wait: float = _FIRST_WAIT) -> None:
        self.port = _free_port()
        self._command = command
        self._first_wait = first_wait
        self._process: Process | None = None
        self._supervision: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Returns at once; the server answers when its model is loaded."""
        self._supervision = asyncio.create_task(self._supervise())

    async def _supervise(self) -> None:
        wait = self._first_wait
        while True:
            started = asyncio.get_running_loop().time()
            status = await self._run_once()
            if asyncio.get_running_loop().time() - started > _STEADY:
                wait = self._first_wait
            _log.warning("the model server ended", status=status, restart_in_seconds=wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    async def _run_once(self) -> int:
        guarded = [sys.executable, "-m", "ragstone_inference.die_with_parent", str(os.getpid())]
        self._process = await asyncio.create_subprocess_exec(
            *guarded, *self._command(self.port), stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        return await self._process.wait()

    async def stop(self) -> None:
        """End the process, gently first."""
        if self._supervision is not None:
            self._supervision.cancel()
            await asyncio.gather(self._supervision, return_exceptions=True)
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _SECONDS_TO_STOP)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
