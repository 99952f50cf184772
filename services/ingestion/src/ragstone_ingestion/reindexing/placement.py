"""Where a collection's chunks are: in the index that answers, and while it is made anew in a second one.

A collection's index is named after it until it is made anew; then the collection's row says which index answers, and
under which settings its chunks were made. Whoever reads both in one statement cannot mix two models.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import CollectionSettings
from ragstone_index import HeldVersion, VectorIndex
from ragstone_ingestion.tables import collections, reindexings
from ragstone_kit.database import Database

_OF_THE_LIVE = frozenset({"upsert", "dense", "sparse", "hybrid", "find", "count", "chunks", "held", "page"})
_OF_ALL = frozenset({"set_life", "set_acl", "delete"})


@dataclass(frozen=True)
class Place:
    """An index, and the settings that the chunks in it were made under."""

    index_id: str
    settings: CollectionSettings


@dataclass(frozen=True)
class Places:
    """``live`` answers, ``shadow`` is being built, and queries that began before may still be in ``leaving``."""

    live: Place
    shadow: Place | None = None
    leaving: str | None = None

    @property
    def written(self) -> list[Place]:
        """Where a new version goes."""
        return [self.live] if self.shadow is None else [self.live, self.shadow]

    @property
    def all(self) -> list[str]:
        """Where anything of the collection may be."""
        ids = [place.index_id for place in self.written]
        return ids if self.leaving is None else [*ids, self.leaving]


async def places_of(connection: AsyncConnection, collection_id: str) -> Places:
    """Where the collection's chunks are now; of one that is gone, what would be its first index."""
    joined = collections.outerjoin(reindexings, reindexings.c.collection_id == collections.c.id)
    columns = (reindexings.c.shadow, reindexings.c.leaving, reindexings.c.settings.label("new_settings"))
    wanted = select(collections.c.index_id, collections.c.settings, *columns).select_from(joined)
    row = (await connection.execute(wanted.where(collections.c.id == collection_id))).one_or_none()
    if row is None:
        return Places(Place(collection_id, CollectionSettings()))
    live = Place(row.index_id or collection_id, CollectionSettings(**row.settings))
    shadow = None if row.shadow is None else Place(row.shadow, CollectionSettings(**row.new_settings))
    return Places(live, shadow, row.leaving)


def written_values(places: Places, written: Mapping[str, int]) -> dict[str, Any]:
    """What a version's row says once it answers: how many chunks the index has, and the one being built."""
    shadow = None if places.shadow is None or places.shadow.index_id not in written else places.shadow.index_id
    return {
        "chunks": written[places.live.index_id],
        "shadow": shadow,
        "shadow_chunks": None if shadow is None else written[shadow],
    }


class Placement:
    """``engine`` takes the ids of indexes; ``index`` takes those of collections.

    What ``index`` reads comes from the index that answers. Lives, permissions and removals go to every index that has
    anything of the collection, so they need not know of a reindexing. Whoever adds chunks must: they are made
    differently for each, so they are written to the :meth:`of` of the collection.
    """

    def __init__(self, database: Database, engine: VectorIndex) -> None:
        self._database = database
        self.engine = engine
        self.index = cast(VectorIndex, _PlacedIndex(self))

    async def of(self, collection_id: str) -> Places:
        async with self._database.read() as connection:
            return await places_of(connection, collection_id)

    async def held_anywhere(self, collection_id: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        """What every index of the collection has of these documents."""
        places = await self.of(collection_id)
        return [one for index_id in places.all for one in await self.engine.held(index_id, document_ids)]

    async def drop(self, collection_id: str) -> None:
        """Drop every index the collection has or ever had."""
        known = (await self.of(collection_id)).all
        left = [one for one in await self.engine.collections() if one.startswith(f"{collection_id}@")]
        for index_id in dict.fromkeys([collection_id, *known, *left]):
            await self.engine.drop(index_id)

    async def is_wanted(self, index_id: str) -> bool:
        """Whether any collection has the index."""
        first = (collections.c.id == index_id) & collections.c.index_id.is_(None)
        joined = collections.outerjoin(reindexings, reindexings.c.collection_id == collections.c.id)
        named = first | (collections.c.index_id == index_id)
        named |= (reindexings.c.shadow == index_id) | (reindexings.c.leaving == index_id)
        async with self._database.read() as connection:
            return await connection.scalar(select(collections.c.id).select_from(joined).where(named)) is not None


class _PlacedIndex:
    """The index by the ids of collections."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._placement.engine, name)
        if name not in _OF_THE_LIVE | _OF_ALL:
            return method

        async def placed(collection: str, *arguments: Any, **named: Any) -> Any:
            places = await self._placement.of(collection)
            if name in _OF_THE_LIVE:
                return await method(places.live.index_id, *arguments, **named)
            reached: set[str] = set()
            # An index that was begun meanwhile may have a copy of what was there before; one begun later has not.
            while left := [index_id for index_id in places.all if index_id not in reached]:
                for index_id in left:
                    await method(index_id, *arguments, **named)
                reached.update(left)
                places = await self._placement.of(collection)
            return None

        return placed

    async def drop(self, collection: str) -> None:
        await self._placement.drop(collection)
