"""Limits counted in the memory of one process."""

import heapq
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ragstone_router.limits.port import is_over, refusal
from ragstone_router.limits.rules import Amounts, Window

_REMEMBERED_SECONDS = 3600.0
_DUST = 1e-9
"""What the rounding of sums and differences may leave."""


@dataclass
class _Counted:
    """What was used in a window, and what is set aside in it."""

    ends: float
    used: float = 0.0
    reserved: float = 0.0


@dataclass(frozen=True)
class _Held:
    lapses: float
    shares: Mapping[str, float]
    """What is set aside, by window."""


class InMemoryLimitStore:
    """Belongs to one event loop: between two awaits nobody else counts."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._windows: dict[str, _Counted] = {}
        self._held: dict[str, _Held] = {}
        self._lapses: list[tuple[float, str]] = []
        self._settled: dict[str, None] = {}
        self._forgets: list[tuple[float, str]] = []

    async def reserve(
        self, reservation: str, windows: Sequence[Window], amounts: Amounts, seconds: float
    ) -> list[float]:
        now = self._now()
        before = self._held.get(reservation, _Held(0.0, {})).shares
        for window in windows:
            wanted, counted = amounts.of(window.measure), self._window(window)
            used = counted.used + counted.reserved - before.get(window.key, 0.0)
            if is_over(window, used + wanted):
                raise refusal(window, wanted, used, now)
        self._release(reservation)
        held = _Held(now + seconds, {window.key: amounts.of(window.measure) for window in windows})
        self._held[reservation] = held
        heapq.heappush(self._lapses, (held.lapses, reservation))
        for key, share in held.shares.items():
            self._windows[key].reserved += share
        return [one.used + one.reserved for one in map(self._window, windows)]

    async def settle(self, reservation: str, windows: Sequence[Window], used: Amounts) -> None:
        now = self._now()
        if reservation in self._settled:
            return
        self._release(reservation)
        self._settled[reservation] = None
        self._forgets.append((now + _REMEMBERED_SECONDS, reservation))
        for window in windows:
            self._window(window).used += used.of(window.measure)

    async def used(self, windows: Sequence[Window]) -> list[float]:
        self._now()
        return [counted.used + counted.reserved for counted in map(self._window, windows)]

    async def close(self) -> None:
        """Nothing is open."""

    def _window(self, window: Window) -> _Counted:
        if window.key not in self._windows:
            self._drop_the_past()
            self._windows[window.key] = _Counted(window.ends)
        return self._windows[window.key]

    def _release(self, reservation: str) -> None:
        held = self._held.pop(reservation, None)
        for key, share in held.shares.items() if held else ():
            if key in self._windows:
                self._windows[key].reserved -= share

    def _now(self) -> float:
        """The time, with what has lapsed by then let go."""
        now = self._clock()
        while self._lapses and self._lapses[0][0] <= now:
            lapses, name = heapq.heappop(self._lapses)
            if name in self._held and self._held[name].lapses == lapses:
                self._release(name)
        while self._forgets and self._forgets[0][0] <= now:
            del self._settled[self._forgets.pop(0)[1]]
        return now

    def _drop_the_past(self) -> None:
        now = self._clock()
        for key in [key for key, one in self._windows.items() if one.ends <= now and one.reserved < _DUST]:
            del self._windows[key]
