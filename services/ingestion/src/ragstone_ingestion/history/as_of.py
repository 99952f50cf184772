"""From what a request names of the past to a sequence of the collection."""

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_ingestion.history.moments import require_whole, sequence_at
from ragstone_ingestion.tables import snapshots

_SEQUENCE = re.compile(r"\d{1,16}")
_LIKE_A_TIME = re.compile(r"\d{4}-?\d{2}-?\d{2}")


async def resolve(connection: AsyncConnection, collection: Row[Any], as_of: str, now: float) -> int:
    """The sequence that ``as_of`` stands for: a snapshot's name, a sequence number, or an ISO 8601 time.

    Raises NotFound for a snapshot or sequence there is not, InvalidRequest for a time that is none, and GoneVersion
    when what queries saw then is not whole any more.
    """
    if _SEQUENCE.fullmatch(as_of):
        sequence = int(as_of)
    elif _LIKE_A_TIME.match(as_of):
        sequence = await sequence_at(connection, collection, time_of(as_of))
    else:
        return await _of_snapshot(connection, collection.id, as_of)
    await require_whole(connection, collection, sequence, now)
    return sequence


def is_time(as_of: str) -> bool:
    """Whether it means the same in every collection."""
    return _SEQUENCE.fullmatch(as_of) is None and _LIKE_A_TIME.match(as_of) is not None


def time_of(text: str) -> float:
    """Unix seconds of an ISO 8601 time; one without an offset is UTC. Raises InvalidRequest."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{text!r} is no time as in 2026-11-23T08:00:00Z") from error


async def _of_snapshot(connection: AsyncConnection, collection_id: str, name: str) -> int:
    held = select(snapshots.c.sequence).where(snapshots.c.collection_id == collection_id, snapshots.c.name == name)
    sequence = await connection.scalar(held)
    if sequence is None:
        raise NotFound(f"the collection has no snapshot {name!r}")
    return int(sequence)
