"""What is left of the limits of requests and tokens, in the headers that OpenAI's clients know."""

import time
from collections.abc import Iterator, Sequence

from ragstone_router.limits.rules import Measure, Window

_TOLD: tuple[Measure, ...] = ("requests", "tokens")


def limit_headers(windows: Sequence[Window], used: Sequence[float]) -> dict[str, str]:
    """Of each of the two the window of which least is left; ``used`` is what is counted in each window."""
    if not used:
        return {}
    return dict(header for measure in _TOLD for header in _of_one(measure, list(zip(windows, used, strict=True))))


def _of_one(measure: Measure, counted: Sequence[tuple[Window, float]]) -> Iterator[tuple[str, str]]:
    left = [(max(0.0, window.most - used), window) for window, used in counted if window.measure == measure]
    if not left:
        return
    remaining, window = min(left, key=lambda one: one[0])
    yield f"x-ratelimit-limit-{measure}", f"{window.most:.0f}"
    yield f"x-ratelimit-remaining-{measure}", f"{remaining:.0f}"
    yield f"x-ratelimit-reset-{measure}", f"{max(0, round(window.ends - time.time()))}s"
