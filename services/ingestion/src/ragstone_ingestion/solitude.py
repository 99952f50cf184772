"""Letting a job run alone in its process, so that it takes no other with it should it end the process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Solitude:
    """Many may run together, or one alone; while one waits to be alone nobody new begins. Belongs to one event loop."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        self._running = 0
        self._is_alone = False
        self._want_to_be_alone = 0

    @asynccontextmanager
    async def entered(self, *, alone: bool) -> AsyncIterator[None]:
        """Run within, with others or alone."""
        if alone:
            await self._wait_to_be_alone()
        else:
            await self._wait_until(lambda: not self._is_alone and self._want_to_be_alone == 0)
        self._running, self._is_alone = self._running + 1, alone
        try:
            yield
        finally:
            self._running, self._is_alone = self._running - 1, False
            self._changed.set()

    async def _wait_to_be_alone(self) -> None:
        self._want_to_be_alone += 1
        try:
            await self._wait_until(lambda: self._running == 0)
        finally:
            self._want_to_be_alone -= 1
            self._changed.set()

    async def _wait_until(self, free: Callable[[], bool]) -> None:
        while not free():
            self._changed.clear()
            await self._changed.wait()
