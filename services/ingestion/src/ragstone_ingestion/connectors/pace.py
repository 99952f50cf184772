"""Not more requests to a host than it can bear."""

import asyncio
from collections import defaultdict


class Pace:
    """Lets the requests to each host begin ``seconds`` apart, in the order they ask."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next: dict[str, float] = defaultdict(float)

    async def turn(self, host: str) -> None:
        """Returns when it is this request's turn."""
        now = asyncio.get_running_loop().time()
        begins = max(now, self._next[host])
        self._next[host] = begins + self._seconds
        await asyncio.sleep(begins - now)

    def hold(self, host: str, seconds: float) -> None:
        """The host asked to be left alone for a while."""
        begins = asyncio.get_running_loop().time() + seconds
        self._next[host] = max(self._next[host], begins)
