"""``python -m services.ingestion.tests.stateful.walk [STEPS]``: long random histories over two indexes."""

import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ragstone_index import InMemoryVectorIndex, VectorIndex
from ragstone_index.edge import QdrantEdgeIndex

from .machine import IngestionMachine

STEPS_A_HISTORY = 40


def walk(
    open_one: Callable[[], VectorIndex], histories: int, steps: int = STEPS_A_HISTORY, *, same: bool = False
) -> Counter[str]:
    """Take the service through so many histories over an index, always the ``same`` or others each time.

    Returns how often each rule was executed.
    """
    counted: Counter[str] = Counter()
    with asyncio.Runner() as one_loop:
        one_index = open_one()

        class OnThisIndex(IngestionMachine):
            runner, index, executed = one_loop, one_index, counted

        modest = settings(
            max_examples=histories,
            stateful_step_count=steps,
            phases=[Phase.generate],  # shrinking a history of real stores outlasts anybody's patience
            deadline=None,
            derandomize=same,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        try:
            run_state_machine_as_test(OnThisIndex, settings=modest)
        finally:
            one_loop.run(one_index.close())
    return counted


def main(steps: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # crashes are the rule
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        indexes: dict[str, Callable[[], VectorIndex]] = {
            "memory": InMemoryVectorIndex,
            "qdrant edge": lambda: QdrantEdgeIndex(folder),
        }
        for name, open_one in indexes.items():
            began, counted = time.monotonic(), Counter[str]()
            while counted.total() < steps // len(indexes):
                counted += walk(open_one, 10)
            sys.stdout.write(f"{name}: {counted.total()} steps in {time.monotonic() - began:.0f} s, no fault\n")
            for rule, count in counted.most_common():
                sys.stdout.write(f"  {count:6d}  {rule}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
