"""Model runs off the event loop, in small pieces, the urgent ones first.

A question's embedding takes milliseconds and somebody waits for it; an upload's takes seconds and nobody does. Both go
through one queue in pieces of one model run, so the question waits for at most the piece that is running. Requests
that wait together take turns piece by piece, so a short one does not wait for the whole of a long one.
"""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from prometheus_client import Counter, Histogram

from ragstone_contracts.errors import Unavailable
from ragstone_inference.waiting import Kind, Lane, Piece

Result = TypeVar("Result")

_CALM_SECONDS = 2.0
_IN_A_ROW = 16
_runs = Counter("ragstone_model_runs_total", "Model runs and what goes with them.", ["lane"])
_items = Counter("ragstone_model_items_total", "Texts and pairs that went through them.", ["lane"])
_seconds = Histogram("ragstone_model_wait_seconds", "Seconds that urgent pieces waited for a thread.")


class WorkQueue:
    """Runs pieces of work on ``workers`` threads of its own; a piece whose caller has gone is skipped.

    For ``calm_seconds`` after an urgent piece came in, one thread is kept from the others' work, so that the next
    urgent one starts at once. While urgent work never ends, every 17th piece is another's.
    """

    def __init__(self, workers: int = 1, *, calm_seconds: float = _CALM_SECONDS) -> None:
        self._urgent, self._patient = Lane(), Lane()
        self._calm_seconds = calm_seconds
        self._calm_at = 0.0
        self._patient_running = self._urgent_in_a_row = 0
        self._numbers = itertools.count()
        self._now = 0
        """The turn of the piece served last: a request that comes now begins here, neither before nor behind others."""
        self._closed = False
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._serve, name="model-runs", daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[], Result], *, urgent: bool, place: int = 0) -> Result:
        """The result of ``work``; urgent pieces run before all others. ``place`` counts the pieces of one request."""

        def alone(_: Sequence[None]) -> list[Result]:
            return [work()]

        result: Result = await self.run_item(Kind(None, alone), None, urgent=urgent, place=place)
        return result

    async def run_item(self, kind: Kind, item: Any, *, urgent: bool, place: int = 0) -> Any:
        """The result for one item, which may share its run with others of its kind from any request."""
        with self._changed:
            if self._closed:
                raise Unavailable("the service is stopping")
            piece = Piece(self._now + place, next(self._numbers), kind, item)
            if urgent:
                self._calm_at = time.monotonic() + self._calm_seconds
            (self._urgent if urgent else self._patient).put(piece)
            self._changed.notify()
        return await asyncio.wrap_future(piece.future)

    def _serve(self) -> None:
        while (taken := self._take()) is not None:
            urgent, pieces = taken
            lane = "urgent" if urgent else "patient"
            if urgent:
                _seconds.observe(time.monotonic() - pieces[0].came)
            _runs.labels(lane).inc()
            _items.labels(lane).inc(len(pieces))
            try:
                _run(pieces)
            finally:
                with self._changed:
                    self._patient_running -= not urgent

    def _take(self) -> tuple[bool, list[Piece]] | None:
        """What to run next and whether it is urgent; waits for it. None once the queue is closed."""
        with self._changed:
            while not self._closed:
                lane = self._next_lane()
                if lane is not None and (pieces := lane.take()):
                    urgent = lane is self._urgent
                    self._urgent_in_a_row = self._urgent_in_a_row + 1 if urgent else 0
                    self._patient_running += not urgent
                    self._now = max(self._now, pieces[0].turn)
                    return urgent, pieces
                if lane is None:
                    self._changed.wait(self._seconds_to_wait())
        return None

    def _next_lane(self) -> Lane | None:
        kept_back = time.monotonic() < self._calm_at and len(self._threads) > 1
        may = bool(self._patient) and self._patient_running < len(self._threads) - kept_back
        if self._urgent and not (may and self._urgent_in_a_row >= _IN_A_ROW):
            return self._urgent
        return self._patient if may else None

    def _seconds_to_wait(self) -> float | None:
        """Until the thread kept back may work for all, if there is such work."""
        return max(self._calm_at - time.monotonic(), 0.0) if self._patient else None

    def close(self) -> None:
        """Finish the pieces that run, drop the others."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._urgent.clear()
        self._patient.clear()


def _run(pieces: Sequence[Piece]) -> None:
    kind = pieces[0].kind
    try:
        done = list(zip(pieces, kind.run([piece.item for piece in pieces]), strict=True))
    except Exception as error:  # noqa: BLE001  it belongs to whoever asked for the work
        for piece in pieces:
            piece.future.set_exception(error)
    else:
        for piece, result in done:
            piece.future.set_result(result)
