"""A collection through time, as ingestion and the gateway both offer it."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ragstone_contracts.history import (
    CollectionDiff,
    NewSnapshot,
    RankingDiff,
    RankingRequest,
    Rollback,
    RollbackRequest,
    Snapshot,
    SnapshotList,
)
from ragstone_kit.identity import Caller
from ragstone_kit.service_client import ServiceClient


def history_path(collection: str, rest: str) -> str:
    return f"/v1/collections/{quote(collection, safe='')}/{rest}"


@dataclass(frozen=True)
class CollectionHistory:
    """The history of one collection, named by id or name. States are snapshots, sequences or ISO 8601 times.

    What is not kept any more is the error ``gone_version``, with status 410.
    """

    service: ServiceClient
    caller: Caller | None
    collection: str

    async def take_snapshot(self, name: str | None = None) -> Snapshot:
        return await self.service.post(self.caller, self._path("snapshots"), NewSnapshot(name=name), Snapshot)

    async def list_snapshots(self) -> list[Snapshot]:
        return (await self.service.get(self.caller, self._path("snapshots"), SnapshotList)).snapshots

    async def delete_snapshot(self, name: str) -> None:
        await self.service.delete(self.caller, self._path(f"snapshots/{quote(name, safe='')}"))

    async def diff(self, before: str | int, after: str | int | None = None, *, limit: int = 100) -> CollectionDiff:
        """What changed from one state to another, or to the present; lists at most ``limit`` documents."""
        states = {"from": str(before)} | ({} if after is None else {"to": str(after)})
        query = urlencode(states | {"limit": str(limit)})
        return await self.service.get(self.caller, self._path(f"diff?{query}"), CollectionDiff)

    async def compare_rankings(self, request: RankingRequest) -> RankingDiff:
        """What entered, left and moved in the results of queries. At the gateway and at retrieval."""
        return await self.service.post(self.caller, self._path("diff"), request, RankingDiff)

    async def roll_back(self, to: str | int) -> Rollback:
        """Queries see that state when this returns."""
        return await self.service.post(self.caller, self._path("rollback"), RollbackRequest(to=to), Rollback)

    async def undo_rollback(self) -> Rollback:
        """Go back to before the last rollback. Raises Conflict without one."""
        return await self.service.post(self.caller, self._path("rollback/undo"), None, Rollback)

    async def last_rollback(self) -> Rollback:
        """The rollback under way, or the last one. Raises NotFound without one."""
        return await self.service.get(self.caller, self._path("rollback"), Rollback)

    def _path(self, rest: str) -> str:
        return history_path(self.collection, rest)
