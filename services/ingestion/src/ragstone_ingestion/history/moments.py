"""When a collection came to which sequence, and whether what it was at one is still whole."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import NotFound
from ragstone_ingestion.errors import GoneVersion
from ragstone_ingestion.tables import collections, moments, snapshots

_MOST = 10_000
_TRIMMED_EVERY = 100


@dataclass(frozen=True)
class Loss:
    """What disappeared at a moment and may be removed; ``after`` seconds it may be gone."""

    after: float = 0.0


async def note_moment(connection: AsyncConnection, collection_id: str, at: float, *, loss: Loss | None = None) -> None:
    """Write down where the collection stands, in the transaction that brings it there; ``at`` is Unix time."""
    served = func.coalesce(collections.c.pinned, collections.c.sequence)
    gone_at = None if loss is None else at + loss.after
    here = select(
        collections.c.id, collections.c.sequence, served, literal(at), literal(gone_at, moments.c.gone_at.type)
    )
    columns = ["collection_id", "sequence", "served", "at", "gone_at"]
    await connection.execute(insert(moments).from_select(columns, here.where(collections.c.id == collection_id)))


async def trim_moments(connection: AsyncConnection, collection_id: str, sequence: int) -> None:
    """Forget moments far back; what the collection was then cannot be asked for any more."""
    if sequence % _TRIMMED_EVERY == 0:
        old = (moments.c.collection_id == collection_id) & (moments.c.sequence <= sequence - _MOST)
        await connection.execute(delete(moments).where(old))


async def sequence_at(connection: AsyncConnection, collection: Row[Any], at: float) -> int:
    """What queries saw at a time. Raises GoneVersion for a time before those that are known."""
    if at < collection.created_at:
        return 0
    here = select(moments.c.served).where(moments.c.collection_id == collection.id, moments.c.at <= at)
    served = await connection.scalar(here.order_by(moments.c.id.desc()).limit(1))
    if served is not None:
        return int(served)
    first = await connection.scalar(_first(collection.id))
    if first in (0, 1) or collection.sequence == 0:
        return 0
    raise GoneVersion("it is not known any more what the collection was then")


async def require_whole(connection: AsyncConnection, collection: Row[Any], sequence: int, now: float) -> None:
    """Returns when queries at the sequence see all they saw then.

    Raises GoneVersion when some of it may be removed, NotFound for a sequence at which no query ever was.
    """
    served = collection.sequence if collection.pinned is None else collection.pinned
    if sequence in (0, served) or await _has_snapshot(connection, collection.id, sequence):
        return
    here = moments.c.collection_id == collection.id
    seen = select(moments.c.id).where(here, moments.c.served == sequence).limit(1)
    first = await connection.scalar(_first(collection.id))
    if first is None or sequence < first:
        if sequence < collection.sequence:
            raise GoneVersion(f"what the collection was at sequence {sequence} is not known any more")
        raise NotFound(f"the collection is at sequence {served}")
    if await connection.scalar(seen) is None:
        raise NotFound(f"no query saw the collection at sequence {sequence}")
    lost = select(moments.c.id).where(here, moments.c.sequence > sequence, moments.c.gone_at <= now).limit(1)
    if await connection.scalar(lost) is not None:
        raise GoneVersion(f"some of what the collection was at sequence {sequence} is removed; no snapshot kept it")


async def _has_snapshot(connection: AsyncConnection, collection_id: str, sequence: int) -> bool:
    held = select(snapshots.c.name).where(snapshots.c.collection_id == collection_id, snapshots.c.sequence == sequence)
    return await connection.scalar(held.limit(1)) is not None


def _first(collection_id: str) -> Any:
    return select(func.min(moments.c.sequence)).where(moments.c.collection_id == collection_id)
