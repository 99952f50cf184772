"""What a connector remembers of each item, and what became of its document since."""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.connectors import ItemState
from ragstone_ingestion.connectors.port import Item
from ragstone_ingestion.jobs import JobState
from ragstone_ingestion.tables import connector_items, documents, jobs, versions

_LONGEST_KEY = 1000


@dataclass(frozen=True)
class Known:
    """An item as the last sync left it. ``document_id`` stays known also when the document itself is gone."""

    key: str
    state: ItemState
    fingerprint: str | None
    document_id: str | None
    version: int | None
    code: str | None
    is_settled: bool
    """False when it must be read again whatever its fingerprint: its document is gone, or ingesting it failed."""


@dataclass(frozen=True)
class Outcome:
    """What became of an item in this sync."""

    state: ItemState
    fingerprint: str | None = None
    document_id: str | None = None
    version: int | None = None
    code: str | None = None
    detail: str | None = None


def row_key(key: str) -> str:
    """The key as it is stored: no index takes one of any length."""
    if len(key.encode()) <= _LONGEST_KEY:
        return key
    return f"{key[:100]}#{hashlib.sha256(key.encode()).hexdigest()}"


async def known_items(connection: AsyncConnection, connector_id: str) -> dict[str, Known]:
    """Every item of the last sync by its stored key."""
    living = and_(documents.c.id == connector_items.c.document_id, ~documents.c.deleted)
    newest = and_(versions.c.document_id == documents.c.id, versions.c.version == documents.c.version)
    joined = (
        connector_items.outerjoin(documents, living)
        .outerjoin(versions, newest)
        .outerjoin(jobs, jobs.c.id == versions.c.job_id)
    )
    columns = [documents.c.id.label("living"), jobs.c.state.label("job_state")]
    wanted = select(connector_items, *columns).select_from(joined).where(connector_items.c.connector_id == connector_id)
    return {row.key: _known(row) for row in await connection.execute(wanted)}


def _known(row: Row[Any]) -> Known:
    state = ItemState(row.state)
    settled = state is ItemState.SKIPPED
    if state is ItemState.TAKEN:
        settled = row.living is not None and row.job_state != JobState.FAILED
    return Known(row.key, state, row.fingerprint, row.document_id, row.version, row.error_code, settled)


async def write_item(
    connection: AsyncConnection, connector_id: str, item: Item, outcome: Outcome, *, is_new: bool, now: float
) -> None:
    key = row_key(item.key)
    values = {
        "source": item.source,
        "filename": item.filename,
        "fingerprint": outcome.fingerprint,
        "state": outcome.state,
        "document_id": outcome.document_id,
        "version": outcome.version,
        "error_code": outcome.code,
        "error_detail": outcome.detail,
        "updated_at": now,
    }
    if is_new:
        await connection.execute(insert(connector_items).values(values | {"connector_id": connector_id, "key": key}))
    else:
        this = (connector_items.c.connector_id == connector_id) & (connector_items.c.key == key)
        await connection.execute(update(connector_items).where(this).values(values))


async def drop_item(connection: AsyncConnection, connector_id: str, key: str) -> None:
    this = (connector_items.c.connector_id == connector_id) & (connector_items.c.key == key)
    await connection.execute(delete(connector_items).where(this))
