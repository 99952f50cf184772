"""Everything about a collection through time, for a caller: what it may not see is as if it were not there."""

from dataclasses import dataclass

from ragstone_contracts.history import CollectionDiff, NewSnapshot, Rollback, Snapshot
from ragstone_contracts.identity import Identity
from ragstone_ingestion.collection_store import CollectionStore
from ragstone_ingestion.history.differences import Differences
from ragstone_ingestion.history.releasing import Release
from ragstone_ingestion.history.reverting import Reverting
from ragstone_ingestion.history.rollbacks import Rollbacks
from ragstone_ingestion.history.snapshots import Snapshots
from ragstone_ingestion.jobs import Clock
from ragstone_ingestion.stores import Stores


@dataclass(frozen=True)
class History:
    collections: CollectionStore
    snapshots: Snapshots
    differences: Differences
    rollbacks: Rollbacks
    release: Release
    reverting: Reverting

    async def take(self, identity: Identity, collection: str, new: NewSnapshot) -> Snapshot:
        found = await self.collections.find(identity, collection)
        return await self.snapshots.take(identity, found.id, new.name)

    async def list(self, identity: Identity, collection: str) -> "list[Snapshot]":
        return await self.snapshots.list((await self.collections.find(identity, collection)).id)

    async def delete(self, identity: Identity, collection: str, name: str) -> None:
        await self.snapshots.delete((await self.collections.find(identity, collection)).id, name)

    async def diff(
        self, identity: Identity, collection: str, states: tuple[str, str | None], limit: int
    ) -> CollectionDiff:
        """From the first state to the second, or to the present."""
        before, after = [await self.collections.find(identity, collection, state) for state in states]
        return await self.differences.between(identity, before.id, (before.sequence, after.sequence), limit)

    async def roll_back(self, identity: Identity, collection: str, to: str) -> Rollback:
        found = await self.collections.find(identity, collection)
        return await self.rollbacks.begin(identity, found.id, to)

    async def undo(self, identity: Identity, collection: str) -> Rollback:
        return await self.rollbacks.undo(identity, (await self.collections.find(identity, collection)).id)

    async def last_rollback(self, identity: Identity, collection: str) -> Rollback:
        return await self.rollbacks.last((await self.collections.find(identity, collection)).id)


def assemble_history(stores: Stores, collections: CollectionStore, clock: Clock, wait_seconds: float) -> History:
    """``wait_seconds`` is what queries under way are given before anything they may see is removed."""
    return History(
        collections,
        Snapshots(stores.database, clock, wait_seconds),
        Differences(stores),
        Rollbacks(stores.database, clock),
        Release(stores, clock),
        Reverting(stores, clock, wait_seconds),
    )
