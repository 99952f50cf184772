"""Keeping workers that lost their lease from writing to the index, which knows nothing of leases.

The tables refuse a write of an old epoch. The index cannot, so the worker refuses itself: it writes only while its last
heartbeat is younger than most of a lease, by a clock that goes on while the process is frozen. What remains is a freeze
between this look at the clock and the sending of the request, a few microseconds long.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, cast

from ragstone_index import IndexedChunk, VectorIndex
from ragstone_ingestion.jobs import Lease

held_leases: ContextVar[Sequence[Lease]] = ContextVar("held_leases", default=())
"""The leases under which the present task works."""


def fenced(index: VectorIndex) -> VectorIndex:
    """The index, with every write refused by LeaseLost as soon as the lease it is done under may be over."""
    return cast(VectorIndex, _FencedIndex(index))


class _FencedIndex:
    def __init__(self, index: VectorIndex) -> None:
        self._index = index

    def __getattr__(self, name: str) -> Any:
        """Reading needs no lease."""
        return getattr(self._index, name)

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        _require_leases()
        await self._index.upsert(collection, chunks)

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        _require_leases()
        await self._index.set_life(collection, document_id, version, born=born, died=died)

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        _require_leases()
        await self._index.set_acl(collection, document_id, acl)

    async def delete(self, collection: str, document_id: str, version: int | None = None) -> None:
        _require_leases()
        await self._index.delete(collection, document_id, version)

    async def drop(self, collection: str) -> None:
        _require_leases()
        await self._index.drop(collection)


def _require_leases() -> None:
    for lease in held_leases.get():
        lease.require_safe()
