"""How many documents are in a stage of the work at a time, and which of those that wait goes first."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from ragstone_contracts.jobs import Priority

_Waiting = tuple[int, int, asyncio.Future[None]]


class StageSlots:
    """Bounded stages: while one document is parsed another is embedded, and a slow stage keeps nobody from the other.

    ``slots`` are the places by stage; a stage that is not named has no bound. Belongs to one event loop.
    """

    def __init__(self, slots: Mapping[str, int]) -> None:
        self._free = dict(slots)
        self._waiting: dict[str, list[_Waiting]] = {stage: [] for stage in slots}
        self._numbers = itertools.count()

    @asynccontextmanager
    async def slot(self, stage: str, priority: Priority) -> AsyncIterator[None]:
        """A place in the stage, after the more urgent and those that came before."""
        if stage not in self._free:
            yield
            return
        await self._enter(stage, priority)
        try:
            yield
        finally:
            self._leave(stage)

    async def _enter(self, stage: str, priority: Priority) -> None:
        if self._free[stage] > 0:
            self._free[stage] -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting[stage], (priority, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(stage)
            raise

    def _leave(self, stage: str) -> None:
        """Hand the place to the next that still waits for it."""
        waiting = self._waiting[stage]
        while waiting:
            _, _, turn = heapq.heappop(waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free[stage] += 1
