"""Model runs off the event loop, in small pieces, the urgent ones first.

A question's embedding takes milliseconds and somebody waits for it; an upload's takes seconds and nobody does. Both go
through one queue in pieces of one model run, so the question waits for at most the piece that is running.
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
    number: int
    future: Future[Any] = field(compare=False)
    work: Callable[[], Any] = field(compare=False)


class WorkQueue:
    """Runs pieces of work one after another on a thread of its own; a piece whose caller has gone is skipped."""

    def __init__(self) -> None:
        self._pieces: queue.PriorityQueue[_Piece] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread = threading.Thread(target=self._serve, name="model-runs", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[], Result], *, urgent: bool) -> Result:
        """The result of ``work``, run before every piece that is not urgent."""
        return await asyncio.wrap_future(self._put(0 if urgent else 1, work))

    def _put(self, priority: int, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self._pieces.put(_Piece(priority, next(self._numbers), future, work))
        return future

    def _serve(self) -> None:
        while (piece := self._pieces.get()).priority != _STOP:
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
