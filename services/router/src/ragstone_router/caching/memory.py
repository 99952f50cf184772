"""Answers kept in the memory of one router."""

import time
from collections import OrderedDict
from collections.abc import Callable

from ragstone_router.caching.port import LARGEST_SHARE, Kept, size_of


class InMemoryAnswerStore:
    """``most`` is in bytes."""

    def __init__(self, most: int, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._clock = clock
        self._entries: OrderedDict[str, tuple[Kept, float]] = OrderedDict()
        self.bytes = 0

    async def find(self, key: str) -> Kept | None:
        if key not in self._entries:
            return None
        kept, until = self._entries[key]
        if until <= self._clock():
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return kept

    async def keep(self, key: str, kept: Kept, seconds: float) -> None:
        if size_of(kept) > self._most // LARGEST_SHARE:
            return
        self._drop(key)
        self._entries[key] = (kept, self._clock() + seconds)
        self.bytes += size_of(kept)
        while self.bytes > self._most:
            self._drop(next(iter(self._entries)))

    async def close(self) -> None:
        """Nothing is open."""

    def _drop(self, key: str) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self.bytes -= size_of(entry[0])
