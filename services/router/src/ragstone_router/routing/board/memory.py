"""The board of one process: its routes share it, and it outlives a reading of the routes file."""

import time
from collections.abc import Callable, Collection, Mapping


class InMemoryBreakerBoard:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    async def exchange(self, opened: Mapping[str, float], closed: Collection[str]) -> Mapping[str, float]:
        now = self._clock()
        for name in closed:
            self._until.pop(name, None)
        for name, seconds in opened.items():
            self._until[name] = max(self._until.get(name, 0.0), now + seconds)
        self._until = {name: until for name, until in self._until.items() if until > now}
        return {name: until - now for name, until in self._until.items()}

    async def close(self) -> None:
        """Nothing is open."""
