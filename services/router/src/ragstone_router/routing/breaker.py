"""A breaker: a deployment that failed several times in a row is left alone for a while."""

import time
from collections.abc import Callable

_FAILURES = 3
_SECONDS = 10.0
_LONGEST = 300.0


class Breaker:
    """Opens after three failures in a row, or when the server asks for it; after a while one request may try again.

    It is open as well while other routers say so.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._away_until = 0.0
        self._closed = False

    @property
    def is_open(self) -> bool:
        if self._failures < _FAILURES and not self._away_until:
            return False
        return self._clock() < max(self._away_until, self._open_until if self._failures >= _FAILURES else 0.0)

    def begin(self) -> None:
        """A request goes through; while half open it keeps the next ones out until it is known how it went."""
        if self._failures >= _FAILURES:
            self._open_until = self._clock() + _SECONDS

    def spoke(self) -> None:
        """It began to answer: a half open breaker closes, and opens again if that answer fails."""
        if self._failures >= _FAILURES or self._away_until:
            self._closed = True
            self._failures, self._away_until = min(self._failures, _FAILURES - 1), 0.0

    def ended(self, failure: Exception | None) -> None:
        """An answer that had begun is over; without a ``failure`` it was whole."""
        if failure is None:
            self._failures = 0
        else:
            self.failed()

    def failed(self, retry_after: float | None = None) -> None:
        """With ``retry_after`` in seconds it opens at once, for as long as the server wants to be left alone."""
        self._failures = self._failures + 1 if retry_after is None else max(_FAILURES, self._failures + 1)
        self._open_until = self._clock() + min(retry_after or _SECONDS, _LONGEST)

    @property
    def seconds(self) -> float:
        """For how long it is open by what was seen here; 0 when it is not."""
        return max(0.0, self._open_until - self._clock()) if self._failures >= _FAILURES else 0.0

    def leave_alone(self, seconds: float) -> None:
        """What the routers together say; 0: nothing against it."""
        self._away_until = self._clock() + seconds if seconds > 0 else 0.0

    def take_closed(self) -> bool:
        """Whether it answered here, since this was asked last, while it was to be left alone."""
        closed, self._closed = self._closed, False
        return closed
