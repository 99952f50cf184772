"""A bound on extra calls, so that a failing server is not asked many times as often as before."""

import time
from collections.abc import Callable

_SHARE = 0.1
_AT_REST = 10.0
_PER_SECOND = 1.0


class RetryBudget:
    """Extra calls may be a tenth of all requests, and besides one a second, of which ten can be saved up."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._earned = 0.0
        self._at_rest = _AT_REST
        self._seen = clock()

    def asked(self) -> None:
        """A request came."""
        self._earned = min(self._earned + _SHARE, 100.0)

    def take(self) -> bool:
        """Whether there may be one more call for a request that was sent already."""
        now = self._clock()
        self._at_rest = min(_AT_REST, self._at_rest + (now - self._seen) * _PER_SECOND)
        self._seen = now
        if self._earned >= 1:
            self._earned -= 1
        elif self._at_rest >= 1:
            self._at_rest -= 1
        else:
            return False
        return True
