"""How workers learn that there is work. Only a hint: the jobs table is the truth, and workers look at it anyway."""

import asyncio
from typing import Protocol


class Waker(Protocol):
    async def wake(self) -> None:
        """There is a job that can be leased now."""
        ...


class InProcessWaker:
    """Wakes the workers of this process."""

    def __init__(self) -> None:
        self._called = asyncio.Event()

    async def wake(self) -> None:
        self._called.set()

    async def wait(self, seconds: float) -> None:
        """Until woken, or for at most ``seconds``."""
        try:
            await asyncio.wait_for(self._called.wait(), seconds)
        except TimeoutError:
            return
        self._called.clear()
