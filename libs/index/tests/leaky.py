"""Indexes with a mistake each, of those that are easily made: the suites have to catch every one of them."""

from collections.abc import Sequence
from dataclasses import replace

from ragstone_index import Hit, InMemoryVectorIndex, SparseVector, StoredChunk, Visibility, Where
from ragstone_index.matching import admits
from ragstone_index.port import Vector

ALL_PRINCIPALS = ("*", "user:ann", "user:bob", "user:cid", "group:staff", "group:board")


class FiltersAfterTheLimit(InMemoryVectorIndex):
    """Takes the best of all that the tenant has, then drops what the asker may not see: some of theirs is missing."""

    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        hits = await super().dense(collection, vector, _anybody(visibility), limit)
        return [hit for hit in hits if admits(visibility, where, hit.chunk)]


class ForgetsAccessWithAFilter(InMemoryVectorIndex):
    """A filter takes the place of the access list instead of coming beside it."""

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        return await super().sparse(
            collection, vector, visibility if where is None else _anybody(visibility), limit, where
        )


class CountsForAnybody(InMemoryVectorIndex):
    """Tells how many there are, not how many of them the asker may see."""

    async def count(self, collection: str, visibility: Visibility, where: Where | None = None) -> int:
        return await super().count(collection, _anybody(visibility), where)


class SharesTheNewestAlone(InMemoryVectorIndex):
    """A change of access misses the versions before the newest."""

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        held = self._collections.get(collection, {})
        newest = max((one.chunk.version for one in held.values() if one.chunk.document_id == document_id), default=0)
        for chunk_id, one in held.items():
            if (one.chunk.document_id, one.chunk.version) == (document_id, newest):
                held[chunk_id] = replace(one, chunk=replace(one.chunk, acl=list(acl)))


class FindsWhatIsWithheld(InMemoryVectorIndex):
    """Does not know of documents that nobody is to find for now."""

    async def find(
        self, collection: str, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[StoredChunk]:
        return await super().find(collection, replace(visibility, withheld=()), limit, where)


def _anybody(visibility: Visibility) -> Visibility:
    return replace(visibility, principals=ALL_PRINCIPALS)


LEAKY = [FiltersAfterTheLimit, ForgetsAccessWithAFilter, CountsForAnybody, SharesTheNewestAlone, FindsWhatIsWithheld]
