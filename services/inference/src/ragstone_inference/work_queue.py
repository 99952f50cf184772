"""Model runs off the event loop, in small pieces, the urgent ones first.

A question's embedding takes milliseconds and somebody waits for it; an upload's takes seconds and nobody does. Both go
through one queue in pieces of one model run, so the question waits for at most the piece that is running. Requests
that wait together take turns piece by piece, so a short one does not wait for the whole of a long one.
"""

import asyncio
import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

Result = TypeVar("Result")

_STOP = -1


@dataclass(order=True)
class _Piece:
    priority: int
    turn: int
    number: int
    future: Future[Any] = field(compare=False)
    work: Callable[[], Any] = field(compare=False)


class WorkQueue:
    """Runs pieces of work one after another on a thread of its own; a piece whose caller has gone is skipped."""

    def __init__(self) -> None:
        self._pieces: queue.PriorityQueue[_Piece] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._now = 0
        """The turn of the piece served last: a request that comes now begins here, neither before nor behind others."""
        self._thread = threading.Thread(target=self._serve, name="model-runs", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], Result], *, urgent: bool, place: int = 0) -> Result:
        """The result of ``work``; urgent pieces run before all others. ``place`` counts the pieces of one request."""
        return await asyncio.wrap_future(self._put(0 if urgent else 1, work, place))

    def _put(self, priority: int, work: Callable[[], Any], place: int = 0) -> Future[Any]:
        future: Future[Any] = Future()
        self._pieces.put(_Piece(priority, self._now + place, next(self._numbers), future, work))
        return future

    def _serve(self) -> None:
        while (piece := self._pieces.get()).priority != _STOP:
            self._now = max(self._now, piece.turn)
            if not piece.future.set_running_or_notify_cancel():
                continue
            try:
                piece.future.set_result(piece.work())
            except Exception as error:  # noqa: BLE001  it belongs to whoever asked for the work
                piece.future.set_exception(error)

    def close(self) -> None:
        """Finish the piece that runs, drop the others."""
        self._put(_STOP, lambda: None)
        self._thread.join()
        while not self._pieces.empty():
            self._pieces.get().future.cancel()
