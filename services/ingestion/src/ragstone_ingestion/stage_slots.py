"""How many documents are in a stage of the work at a time, and which of those that wait goes first."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress

from ragstone_contracts.jobs import Priority

_PATIENCE_SECONDS = 0.3
"""How long a place is given up for, each time: whoever hurries without end must not keep the others from going on."""

_EXPECTED_SECONDS = 0.2
"""Longer than it takes from the beginning of an upload until a worker has its job."""

_Waiting = tuple[int, int, asyncio.Future[None]]


class StageSlots:
    """Bounded stages: while one document is parsed another is embedded, and a slow stage keeps nobody from the other.

    ``slots`` are the places by stage; a stage that is not named has no bound. ``express`` more are for the interactive
    alone, who would else wait for the whole of a batch's call. Belongs to one event loop.
    """

    def __init__(self, slots: Mapping[str, int], express: int = 0) -> None:
        self._free = dict(slots)
        self._express = express
        self._in_a_hurry = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._waiting: dict[str, list[_Waiting]] = {stage: [] for stage in slots}
        self._numbers = itertools.count()

    @contextmanager
    def present(self, priority: Priority) -> Iterator[None]:
        """While a job is worked on. As long as somebody waits for one, the others give way where they can."""
        hurries = priority is Priority.INTERACTIVE
        self._set_hurry(self._in_a_hurry + hurries)
        try:
            yield
        finally:
            self._set_hurry(self._in_a_hurry - hurries)

    def expect(self, priority: Priority) -> None:
        """A job is on its way in: until it is worked on, or does not come, the others give way to it already."""
        if priority is Priority.INTERACTIVE:
            self._set_hurry(self._in_a_hurry + 1)
            asyncio.get_running_loop().call_later(_EXPECTED_SECONDS, lambda: self._set_hurry(self._in_a_hurry - 1))

    def _set_hurry(self, count: int) -> None:
        self._in_a_hurry = count
        if count:
            self._calm.clear()
        else:
            self._calm.set()

    async def give_way(self, priority: Priority) -> None:
        """To be called between two pieces of work: lets the jobs that somebody waits for go first."""
        if priority is not Priority.INTERACTIVE and self._in_a_hurry:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._calm.wait(), _PATIENCE_SECONDS)

    @asynccontextmanager
    async def slot(self, stage: str, priority: Priority) -> AsyncIterator[None]:
        """A place in the stage, after the more urgent and those that came before."""
        await self.give_way(priority)
        if stage not in self._free:
            yield
            return
        await self._enter(stage, priority)
        try:
            yield
        finally:
            self._leave(stage)

    async def _enter(self, stage: str, priority: Priority) -> None:
        if self._has_room(stage, priority):
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

    def _has_room(self, stage: str, priority: Priority) -> bool:
        return self._free[stage] > (-self._express if priority is Priority.INTERACTIVE else 0)

    def _leave(self, stage: str) -> None:
        """Hand the place to the next that still waits for it."""
        self._free[stage] += 1
        waiting = self._waiting[stage]
        while waiting and self._has_room(stage, Priority(waiting[0][0])):
            _, _, turn = heapq.heappop(waiting)
            if not turn.done():
                turn.set_result(None)
                self._free[stage] -= 1
