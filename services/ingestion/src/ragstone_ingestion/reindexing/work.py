"""The job of a reindexing: build, verify, swap, retire. Killed anywhere, it goes on from the state in its row."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from ragstone_contracts.documents import CollectionSettings
from ragstone_contracts.reindexing import ReindexState
from ragstone_ingestion.activation import Activation, end_turn
from ragstone_ingestion.jobs import Lease, Paused
from ragstone_ingestion.reindexing.building import Building, unbuilt
from ragstone_ingestion.reindexing.placement import Place
from ragstone_ingestion.reindexing.rows import Rows, swap
from ragstone_ingestion.reindexing.verifying import Verifying
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import documents, versions

_SLICE_SECONDS = 60.0
"""After so long the job is queued again, so that what is more urgent gets its place."""


@dataclass(frozen=True)
class Retirement:
    """``wait_seconds`` must be longer than any query takes from reading its collection's row to its last hit;
    ``default_model`` embeds where settings name none."""

    wait_seconds: float
    default_model: str


class ReindexWork:
    def __init__(
        self, stores: Stores, building: Building, verifying: Verifying, activation: Activation, retirement: Retirement
    ) -> None:
        self._stores = stores
        self.building = building
        self._verifying = verifying
        self._activation = activation
        self._retirement = retirement
        self._rows = Rows(stores.database, stores.jobs)
        self._stages: dict[ReindexState, Callable[[Lease, Row[Any]], Awaitable[None]]] = {
            ReindexState.BUILDING: self._build,
            ReindexState.VERIFYING: self._verify,
            ReindexState.SWAPPING: self._swap,
        }

    async def run(self, lease: Lease) -> None:
        """Bring the collection's reindexing to its end. Raises Paused when it has to wait or to let others work."""
        until = time.monotonic() + _SLICE_SECONDS
        while True:
            row = await self._rows.of(lease)
            lease.journal.step = row.state
            stage = self._stages.get(ReindexState(row.state))
            if stage is None:
                break
            await stage(lease, row)
            if time.monotonic() > until:
                raise Paused
        await self._retire(lease, row)

    async def _build(self, lease: Lease, row: Row[Any]) -> None:
        """One round, until there is nothing left to look at."""
        if not await self.building.round(lease, _shadow(row)):
            await self._rows.advance(lease, row, {"state": ReindexState.VERIFYING})
        total, left = await self.building.count(lease, row.index_id)
        lease.journal.progress = 0.9 * (total - left) / max(total, 1)

    async def _verify(self, lease: Lease, row: Row[Any]) -> None:
        found = await self._verifying.differences(lease, _shadow(row))
        if found:
            again = {"state": ReindexState.BUILDING, "repaired": row.repaired + found}
            await self._rows.advance(lease, row, again)
            return
        places = await self._stores.placement.of(lease.collection_id)
        report = await self._verifying.sample(lease, places, _shadow(row))
        await self._rows.advance(lease, row, {"state": ReindexState.SWAPPING, "sample": report.model_dump()})

    async def _swap(self, lease: Lease, row: Row[Any]) -> None:
        """In the collection's turn, when nothing that answers is missing; what came meanwhile is built before."""
        if await self.building.round(lease, _shadow(row)):
            return
        async with self._activation.turn(lease), self._stores.database.write() as connection:
            joined = versions.join(documents, documents.c.id == versions.c.document_id)
            missing = select(func.count()).select_from(joined).where(unbuilt(lease.collection_id, row.index_id))
            if await connection.scalar(missing):
                return
            if await swap(connection, row, self._stores.jobs.now() + self._retirement.wait_seconds):
                await end_turn(connection, lease)
                await self._stores.jobs.write(connection, lease, {"attempts": 0})

    async def _retire(self, lease: Lease, row: Row[Any]) -> None:
        """Drop the index that was left, once no query can be in it."""
        wait = (row.leaves_at or 0.0) - self._stores.jobs.now()
        if row.leaving is not None:
            if wait > 0:
                raise Paused(wait)
            await self._stores.jobs.require_held(lease)
            await self._stores.placement.engine.drop(row.leaving)
        await self._rows.end(lease, row, self._retirement.default_model)


def _shadow(row: Row[Any]) -> Place:
    return Place(row.index_id, CollectionSettings(**row.settings))
