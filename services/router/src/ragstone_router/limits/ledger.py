"""The ledger: an entry for every answer, and their sums."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    case,
    cast,
    func,
    insert,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from ragstone_contracts.errors import Unavailable
from ragstone_contracts.usage import UsageQuery, UsageReport, UsageRow
from ragstone_kit.database import Database
from ragstone_kit.logs import get_logger
from ragstone_kit.tracing import current_trace_id
from ragstone_router.price import PICO_PER_USD, in_usd

metadata = MetaData()

entries = Table(
    "ledger",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", Double, nullable=False),
    Column("tenant", String, nullable=False),
    Column("user", String, nullable=False),
    Column("key", String),
    Column("wanted", String, nullable=False),
    Column("deployment", String, nullable=False),
    Column("model", String, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False),
    Column("completion_tokens", BigInteger, nullable=False),
    Column("cost_usd", Double),  # of entries before there was cost_pico
    Column("cost_pico", BigInteger),
    Column("day", String),
    Column("is_estimate", Boolean, nullable=False),
    Column("trace_id", String, nullable=False),
)
Index("ledger_by_tenant", entries.c.tenant, entries.c.at)

CACHE = "cache"
"""The deployment that gives kept answers."""

_COST = func.coalesce(entries.c.cost_pico, cast(entries.c.cost_usd * PICO_PER_USD, BigInteger))

_TOGETHER_SECONDS = 0.2
_AGAIN_SECONDS = 5.0

_log = get_logger(__name__)


@dataclass(frozen=True)
class Entry:
    """``cost_pico`` in a millionth of a millionth of a USD, None is unknown; ``is_estimate`` when the server did not
    count the tokens; ``at`` in Unix seconds."""

    id: str
    tenant: str
    user: str
    key: str | None
    wanted: str
    deployment: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_pico: int | None
    is_estimate: bool
    at: float = field(default_factory=time.time)
    trace_id: str = field(default_factory=current_trace_id)

    @property
    def row(self) -> dict[str, Any]:
        return vars(self) | {"day": f"{datetime.fromtimestamp(self.at, UTC):%Y-%m-%d}"}


class Ledger:
    """Writes entries a few at a time, so that no answer waits; what a killed process had not written is lost.

    Without a database nothing is kept.
    """

    def __init__(self, database: Database | None) -> None:
        self._database = database
        self._waiting: list[Entry] = []
        self._turn = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        if self._database is not None:
            await self._database.create_tables(metadata)

    def add(self, entry: Entry) -> None:
        """Returns at once."""
        if self._database is None:
            return
        self._waiting.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def _write_soon(self) -> None:
        await asyncio.sleep(_TOGETHER_SECONDS)
        while self._waiting:
            try:
                await self.flush()
            except (SQLAlchemyError, OSError) as error:
                _log.error("the ledger waits for its database", entries=len(self._waiting), exc_info=error)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def flush(self) -> None:
        """Write what waits, and wait for what is being written.

        Raises what the database raises; nothing is lost then.
        """
        async with self._turn:
            if self._database is None or not self._waiting:
                return
            taken, self._waiting = self._waiting, []
            try:
                async with self._database.write() as connection:
                    await connection.execute(insert(entries), [entry.row for entry in taken])
            except BaseException:
                self._waiting = taken + self._waiting
                raise

    async def usage(self, tenant: str, query: UsageQuery) -> UsageReport:
        """The sums of a tenant's entries. Raises Unavailable without a database."""
        if self._database is None:
            raise Unavailable("this router keeps no ledger: it has no database")
        await self.flush()
        async with self._database.read() as connection:
            found = await connection.execute(_sums(tenant, query))
        return UsageReport(rows=[_row(dict(row)) for row in found.mappings() if row["requests"]])

    async def close(self) -> None:
        """Write what waits, and close the database."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.flush()
        if self._database is not None:
            await self._database.close()


def _row(found: dict[str, Any]) -> UsageRow:
    return UsageRow.model_validate(found | {"cost_usd": in_usd(int(found.pop("cost_pico")))})


def _sums(tenant: str, query: UsageQuery) -> Select[Any]:
    group = [entries.c[name] for name in query.by]
    sums = (
        func.count().label("requests"),
        func.coalesce(func.sum(entries.c.prompt_tokens), 0).label("prompt_tokens"),
        func.coalesce(func.sum(entries.c.completion_tokens), 0).label("completion_tokens"),
        func.coalesce(func.sum(_COST), 0).label("cost_pico"),
        (func.count() - func.count(_COST)).label("of_unknown_cost"),
        func.coalesce(func.sum(cast(entries.c.is_estimate, Integer)), 0).label("estimated"),
        func.coalesce(func.sum(case((entries.c.deployment == CACHE, 1), else_=0)), 0).label("from_cache"),
    )
    wanted = select(*group, *sums).where(entries.c.tenant == tenant)
    if query.since is not None:
        wanted = wanted.where(entries.c.at >= query.since)
    if query.until is not None:
        wanted = wanted.where(entries.c.at < query.until)
    for name in ("user", "key", "wanted", "model"):
        if (only := getattr(query, name)) is not None:
            wanted = wanted.where(entries.c[name] == only)
    return wanted.group_by(*group).order_by(*group)
