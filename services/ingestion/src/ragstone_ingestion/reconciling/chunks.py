"""Chunks in the index that nothing accounts for."""

from ragstone_ingestion.reconciling.facts import facts_of, held_facts
from ragstone_ingestion.reconciling.tally import INDEX, INDEX_COLLECTIONS, Tally
from ragstone_ingestion.reindexing.placement import Placement
from ragstone_kit.database import Database

_PAGE = 1000


class Chunks:
    """Counts document versions, not chunks."""

    def __init__(self, database: Database, placement: Placement, tally: Tally) -> None:
        self._database = database
        self._placement = placement
        self._index = placement.index
        self._tally = tally

    async def drop_unknown_collections(self) -> None:
        """Drop the indexes of collections that are gone, and those that a collection has given up.

        No id comes again, so no lock is needed.
        """
        self._tally.look_at(INDEX_COLLECTIONS)
        for index_id in await self._placement.engine.collections():
            if not await self._placement.is_wanted(index_id):
                self._tally.found(INDEX_COLLECTIONS)
                if not self._tally.dry_run:
                    await self._placement.engine.drop(index_id)
                    self._tally.removed(INDEX_COLLECTIONS)

    async def remove_unaccounted(self, collection: str) -> None:
        """Walk through a collection; remove documents that are gone, and versions that were replaced or given up."""
        self._tally.look_at(INDEX)
        removed: set[tuple[str, int]] = set()
        after, last = None, False
        while not last:
            page = await self._index.page(collection, after, _PAGE)
            for document_id, version in await self._suspects(collection, page.versions - removed):
                await self._remove(collection, document_id, version)
                removed.add((document_id, version))
            after, last = page.next, page.next is None

    async def _suspects(self, collection: str, met: frozenset[tuple[str, int]]) -> list[tuple[str, int]]:
        async with self._database.read() as connection:
            facts = await facts_of(connection, collection, {document_id for document_id, _ in met})
        return sorted(pair for pair in met if pair[0] not in facts or not facts[pair[0]].may_hold(pair[1]))

    async def _remove(self, collection: str, document_id: str, version: int) -> None:
        """Remove a version's chunks, unless it has come to something meanwhile."""
        if self._tally.dry_run:
            self._tally.found(INDEX)
            return
        async with self._database.write() as connection:
            facts = await held_facts(connection, collection, document_id)
            if facts is None or not facts.may_hold(version):
                self._tally.found(INDEX)
                await self._index.delete(collection, document_id, version)
                self._tally.removed(INDEX)
