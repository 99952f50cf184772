"""The routes as the file has them now: read again when it changes, kept as they were when it is wrong."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from ragstone_contracts.errors import InvalidRequest
from ragstone_kit.logs import get_logger
from ragstone_router.routing.book import RouteBook

_LOOK_SECONDS = 1.0
_RETIRE_SECONDS = 600.0
"""Longer than an answer takes that began under the routes before."""

_log = get_logger(__name__)

Read = Callable[[], RouteBook]


class LiveBook:
    """``read`` builds the routes from the file anew. Raises InvalidRequest at the start when the file is wrong."""

    def __init__(self, read: Read, file: Path | None) -> None:
        self._read = read
        self._file = file
        self._seen = self._stamp()
        self.current = read()
        self._retired: list[tuple[float, RouteBook]] = []

    async def watch(self) -> None:
        """Until cancelled."""
        while self._file is not None:
            await asyncio.sleep(_LOOK_SECONDS)
            await self.refresh()

    async def refresh(self) -> None:
        """Take up a changed file, and hang up on the servers of routes that nobody can be using any more."""
        if (stamp := await asyncio.to_thread(self._stamp)) != self._seen:
            self._seen = stamp
            self._reload()
        while self._retired and time.monotonic() - self._retired[0][0] > _RETIRE_SECONDS:
            await self._retired.pop(0)[1].close()

    def _reload(self) -> None:
        try:
            book = self._read()
        except InvalidRequest as error:
            _log.error("the routes stay as they were", file=str(self._file), detail=error.detail)
            return
        self._retired.append((time.monotonic(), self.current))
        self.current = book
        _log.info("routes read anew", file=str(self._file), models=len(book.routes))

    def _stamp(self) -> tuple[float, int] | None:
        try:
            found = self._file and self._file.stat()
        except OSError:
            return None
        return (found.st_mtime, found.st_size) if found else None

    async def close(self) -> None:
        for _, book in self._retired:
            await book.close()
        await self.current.close()
