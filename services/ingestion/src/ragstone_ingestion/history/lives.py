"""From when to when versions are seen, as the tables know it, and which of them a snapshot or a rollback keeps."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_ingestion.tables import collections, documents, snapshots, versions

_QUERY_SIZE = 500

_KEEPER = collections.alias("keeper")
VERSIONS = versions.join(documents, documents.c.id == versions.c.document_id)
"""What :func:`seen_at` and :func:`kept` are conditions on."""


def seen_at(sequence: Any) -> ColumnElement[bool]:
    """True for versions that queries at the sequence see. Those older than their ``born`` column were born at 0."""
    born = func.coalesce(versions.c.born, case((documents.c.active_version == versions.c.version, 0)))
    return and_(born <= sequence, or_(versions.c.died.is_(None), versions.c.died > sequence))


def kept() -> ColumnElement[bool]:
    """True for versions that stay though replaced or deleted: a snapshot sees them, or a rollback under way."""
    of_snapshot = exists().where(snapshots.c.collection_id == documents.c.collection_id, seen_at(snapshots.c.sequence))
    of_rollback = exists().where(_KEEPER.c.id == documents.c.collection_id, seen_at(_KEEPER.c.pinned))
    held = or_(of_snapshot.correlate(versions, documents), of_rollback.correlate(versions, documents))
    return and_(~documents.c.erased, held)


async def kept_versions(connection: AsyncConnection, document_ids: Collection[str]) -> dict[str, set[int]]:
    """The kept versions of these documents; a document without any has no entry."""
    found: dict[str, set[int]] = {}
    ids = list(document_ids)
    for start in range(0, len(ids), _QUERY_SIZE):
        these = documents.c.id.in_(ids[start : start + _QUERY_SIZE])
        wanted = select(versions.c.document_id, versions.c.version).select_from(VERSIONS).where(these, kept())
        for document_id, version in await connection.execute(wanted):
            found.setdefault(document_id, set()).add(version)
    return found


async def begin_lives(connection: AsyncConnection, document_ids: Sequence[str], version: int, sequence: int) -> None:
    """Write down that the version of these documents is seen from the sequence on."""
    these = versions.c.document_id.in_(document_ids) & (versions.c.version == version)
    await connection.execute(update(versions).where(these).values(born=sequence, died=None))


async def end_life(connection: AsyncConnection, document_id: str, version: int, sequence: int) -> None:
    """Write down that a version that was seen is so no more from the sequence on."""
    this = (versions.c.document_id == document_id) & (versions.c.version == version)
    ended = update(versions).where(this).values(born=func.coalesce(versions.c.born, 0), died=sequence)
    await connection.execute(ended)
