"""Takes what has arrived of a stream together, so that what follows works on all of it at once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class _Arrivals(Generic[Item]):
    """A task reads the stream ahead; the reader takes all there is."""

    def __init__(self, stream: AsyncIterator[Item]) -> None:
        self._stream = stream
        self._items: list[Item] = []
        self._news = asyncio.Event()
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for item in self._stream:
                self._items.append(item)
                self._news.set()
        finally:
            self._news.set()

    async def take(self) -> list[Item]:
        """What has arrived since, at least one item; nothing at the end. Raises what the stream raised."""
        await self._news.wait()
        if not self._items and self.task.done():
            await self.task
        if not self.task.done():
            self._news.clear()
        items, self._items = self._items, []
        return items


async def in_batches(stream: AsyncIterator[Item]) -> AsyncGenerator[list[Item], None]:
    """The items of ``stream`` in lists: each holds all that came while the one before it was worked on."""
    arrivals = _Arrivals(stream)
    try:
        while items := await arrivals.take():
            yield items
    finally:
        arrivals.task.cancel()
        await asyncio.gather(arrivals.task, return_exceptions=True)
