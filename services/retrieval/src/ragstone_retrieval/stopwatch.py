"""Seconds by stage, in the answer and in the trace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from ragstone_kit.tracing import span


class Stopwatch:
    def __init__(self) -> None:
        self.timings: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with span(f"retrieval.{name}"):
                yield
        finally:
            self.timings[name] = time.perf_counter() - started
