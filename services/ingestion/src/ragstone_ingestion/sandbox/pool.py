"""A few warm parser processes, shared by all documents."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.sandbox.limits import SandboxLimits
from ragstone_ingestion.sandbox.process import ParserKilled, ParserProcess
from ragstone_ingestion.sandbox.wire import Request

_TRIES = 3


@dataclass
class _Idle:
    process: ParserProcess
    retirement: asyncio.TimerHandle


class ParserPool:
    """Parses documents in subprocesses, at most ``limits.workers`` at once; further calls wait their turn.

    A process is started when a document needs one, stays warm for the next, and ends after being idle, so its memory
    comes back. One that dies or is killed takes only its document with it. ``plugin_paths`` are folders with further
    adapters that are not installed as packages. Belongs to one event loop.
    """

    def __init__(self, limits: SandboxLimits | None = None, plugin_paths: Sequence[Path] = ()) -> None:
        self._limits = limits or SandboxLimits()
        self._plugin_paths = plugin_paths
        self._turns = asyncio.Semaphore(self._limits.workers)
        self._idle: list[_Idle] = []
        self._closed = False
        self._endings: set[asyncio.Task[None]] = set()

    async def parse(self, source: Path, filename: str, media_type: str) -> ParsedDocument:
        """The document in ``source``. Raises DocumentRejected with the reason when it cannot be taken.

        A process that is killed from outside says nothing about the document, unless it happens again and again.
        """
        request = _request(source, filename, media_type)
        for _ in range(_TRIES - 1):
            with suppress(ParserKilled):
                return await self._parse(request)
        return await self._parse(request)

    async def close(self) -> None:
        """Ends every process; one that is still parsing ends with its document, or at once when that is cancelled."""
        self._closed = True
        idle, self._idle = self._idle, []
        for one in idle:
            one.retirement.cancel()
        await asyncio.gather(*(one.process.close() for one in idle), *self._endings)

    async def _parse(self, request: Request) -> ParsedDocument:
        async with self._turns:
            process = await self._take()
            try:
                return await process.parse(request)
            finally:
                await self._give_back(process)

    async def _take(self) -> ParserProcess:
        while self._idle:
            idle = self._idle.pop()
            idle.retirement.cancel()
            if idle.process.usable:
                return idle.process
            await idle.process.close()
        return await ParserProcess.start(self._limits, self._plugin_paths)

    async def _give_back(self, process: ParserProcess) -> None:
        if self._closed or not process.usable:
            await process.close()
            return
        retirement = asyncio.get_running_loop().call_later(self._limits.idle_seconds, self._retire, process)
        self._idle.append(_Idle(process, retirement))

    def _retire(self, process: ParserProcess) -> None:
        self._idle = [idle for idle in self._idle if idle.process is not process]
        ending = asyncio.create_task(process.close())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


def _request(source: Path, filename: str, media_type: str) -> Request:
    """A request with an absolute path: the process works in a folder of its own."""
    return Request(source=str(source.absolute()), filename=filename, media_type=media_type)
