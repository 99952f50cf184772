"""How workers learn that there is work. Only a hint: the jobs table is the truth, and workers look at it anyway."""

import asyncio
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Protocol

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.jobs import Priority

GROUP = "ragstone.wakers"


class Waker(Protocol):
    async def wake(self) -> None:
        """There is a job that can be leased now."""
        ...


class RemoteWaker(Protocol):
    """Wakes workers of other processes: a message for each job, in a queue for each priority."""

    async def waiting(self, priority: Priority) -> int:
        """How many messages nobody has taken yet. Raises Unavailable."""
        ...

    async def wake(self, priority: Priority, jobs: int) -> None:
        """Send that many messages. Raises Unavailable."""
        ...


class InProcessWaker:
    """Wakes what runs in this process."""

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


def open_waker(url: str) -> RemoteWaker:
    """The remote waker named before the colon of ``url``, from the entry points of group ``ragstone.wakers``.

    It is imported only now: what it needs is not part of the lean install. Raises InvalidRequest for an unknown name.
    """
    found = entry_points(group=GROUP, name=url.partition(":")[0])
    if not found:
        raise InvalidRequest(f"there is no waker for '{url}'")
    opener: Callable[[str], RemoteWaker] = next(iter(found)).load()
    return opener(url)
