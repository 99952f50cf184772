"""Random histories of a collection against a dictionary of its snapshots. ``make stateful-history`` takes more."""

import logging
import sys
import time
from collections import Counter

import pytest
import structlog

from .machine import walk


@pytest.mark.requirement("RET-4")
def test_whatever_happens_every_snapshot_is_seen_as_it_was() -> None:
    assert walk(histories=2, steps=25, same=True).total() > 25


def main(steps: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # crashes are the rule
    began, counted = time.monotonic(), Counter[str]()
    while counted.total() < steps:
        counted += walk(5)
    sys.stdout.write(f"{counted.total()} steps in {time.monotonic() - began:.0f} s, no fault\n")
    for rule, count in counted.most_common():
        sys.stdout.write(f"  {count:6d}  {rule}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)
