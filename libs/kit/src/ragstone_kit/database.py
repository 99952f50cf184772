"""Tables: SQLite in a file on a laptop, Postgres by URL in a cluster, the same statements on both."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from threading import Thread
from typing import Any

import aiosqlite
from sqlalchemy import Column, Connection, MetaData, event, inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateColumn

from ragstone_contracts.errors import Unavailable

_SCHEMA_LOCK = 0x5261_6773
_BUSY_SECONDS = 30
_CLOSE_SECONDS = 5.0


class Database:
    """Connections to one database.

    ``url`` is SQLAlchemy's, with an async driver: ``sqlite+aiosqlite:///path`` or ``postgresql+psycopg://...``.
    """

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self._threads: set[Thread] = set()
        sqlite_options = {"factory": _SqliteConnection, "async_creator_fn": self._connect_sqlite}
        options: dict[str, Any] = {"connect_args": sqlite_options} if self.is_sqlite else {}
        self._engine: AsyncEngine = create_async_engine(url, pool_pre_ping=not self.is_sqlite, **options)
        if self.is_sqlite:
            event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self._engine.sync_engine, "begin", _begin_sqlite)
        self._writing = self._engine.execution_options(immediate=True)
        # SQLite's own waiting is not in turn: it tries again after longer and longer sleeps, and others slip in.
        self._turns: AbstractAsyncContextManager[Any] = asyncio.Lock() if self.is_sqlite else nullcontext()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that only reads."""
        async with self._engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that is committed at the end, or rolled back if the block raises."""
        async with self._turns, self._writing.begin() as connection:
            yield connection

    async def create_tables(self, metadata: MetaData) -> None:
        """Create the tables, columns and indexes that do not exist yet; safe when several processes start at once.

        A column that comes to an older database's table must be nullable or have a ``server_default``.
        """
        async with self.write() as connection:
            if not self.is_sqlite:
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            await connection.run_sync(metadata.create_all)
            await connection.run_sync(_extend_tables, metadata)

    async def ping(self) -> None:
        """Returns when the database answers; raises Unavailable otherwise."""
        try:
            async with self.read() as connection:
                await connection.exec_driver_sql("SELECT 1")
        except SQLAlchemyError as error:
            raise Unavailable("the database does not answer") from error

    async def close(self) -> None:
        """Close every connection; the event loop may end when it returns."""
        await self._engine.dispose()
        # The connection of a task that was cancelled is closed without waiting: its thread has yet to tell this loop.
        deadline = time.monotonic() + _CLOSE_SECONDS
        while any(thread.is_alive() for thread in self._threads) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.001)

    def _connect_sqlite(self, *where: Any, **options: Any) -> aiosqlite.Connection:
        """A connection that has yet to be awaited, as the engine wants it; its thread is remembered for the end."""
        connection = aiosqlite.connect(*where, **options)
        connection._thread.daemon = True
        self._threads = {thread for thread in self._threads if thread.is_alive()} | {connection._thread}
        return connection


class _SqliteConnection(sqlite3.Connection):
    """Gives its lock up when it is closed: by itself it would hold it for as long as any of its statements lives.

    A cancelled task's connection is closed in the middle of a transaction, and its statements live in tracebacks.
    """

    def close(self) -> None:
        with suppress(sqlite3.ProgrammingError):  # closed before: whoever is cancelled and the pool may both do it
            if self.in_transaction:
                self.rollback()
        super().close()


def _extend_tables(connection: Connection, metadata: MetaData) -> None:
    """Give tables of an older release what the newer one added: additions are the only change a release makes."""
    inspector = inspect(connection)
    for table in metadata.sorted_tables:
        present = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in present:
                _add_column(connection, column)
        indexed = {index["name"] for index in inspector.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexed:
                index.create(connection)


def _add_column(connection: Connection, column: "Column[Any]") -> None:
    names = connection.dialect.identifier_preparer
    definition = CreateColumn(column).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {names.format_table(column.table)} ADD COLUMN {definition}")


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late; see _begin_sqlite
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
    _switch_to_wal(cursor)
    # FULL, because a 202 means the job survives a power cut.
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """The first connections of a new file may all switch its mode; who finds it locked is told so without any wait."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: upgrading later fails instead of waiting.
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
