"""``make stateful-acl``: random histories of access over every engine that runs here, first of the index, then of the
services. The first leak ends it with the history that led there."""

import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from tests.acl.platform import IN_MEMORY
from tests.acl.walk import walk as walk_services

from ragstone_index import InMemoryVectorIndex, VectorIndex, open_index
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_testing.postgres import PostgresServer
from ragstone_testing.vector_index_machine import walk as walk_index

Opener = Callable[[], VectorIndex]
_HISTORIES = 25


@contextmanager
def engines() -> Iterator[dict[str, Opener]]:
    with (
        tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder,
        PostgresServer.running() as postgres,
    ):
        url = postgres.new_database()
        yield {
            "memory": InMemoryVectorIndex,
            "qdrant edge": lambda: QdrantEdgeIndex(Path(folder)),
            "pgvector": lambda: open_index(url),
        }


def take(name: str, steps: int, walk: Callable[[Opener, int], Counter[str]], engine: Opener) -> None:
    """At least so many steps; says how many, in how many seconds, and of which kinds."""
    began, counted = time.monotonic(), Counter[str]()
    while counted.total() < steps:
        counted += walk(engine, _HISTORIES)
    seconds = time.monotonic() - began
    kinds = ", ".join(f"{count} {rule}" for rule, count in counted.most_common())
    sys.stdout.write(f"{name}: {counted.total()} steps in {seconds:.0f} s, 0 leaks ({kinds})\n")
    sys.stdout.flush()


def main(steps: int, of_services: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # faults are the rule
    with engines() as known:
        for name, engine in known.items():
            take(f"index, {name}", steps, walk_index, engine)
        for name, engine in known.items():
            take(f"services, {name}", of_services, walk_services, engine)


if __name__ == "__main__":
    wanted = [int(given) for given in sys.argv[1:]] or [10_000]
    main(wanted[0], wanted[-1])
