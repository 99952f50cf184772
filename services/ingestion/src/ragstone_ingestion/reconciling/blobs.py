"""Objects that no version has."""

from sqlalchemy import select

from ragstone_ingestion.jobs import Clock
from ragstone_ingestion.objects import INCOMING, ORIGINALS, PARSED, ObjectStore, original_of, tenant_folder
from ragstone_ingestion.reconciling.tally import Tally
from ragstone_ingestion.references import is_used
from ragstone_ingestion.tables import lock, versions
from ragstone_kit.database import Database

_QUERY_SIZE = 500


class Blobs:
    """``grace_seconds`` is how long bytes may lie in ``incoming`` without being written to."""

    def __init__(
        self, database: Database, objects: ObjectStore, clock: Clock, tally: Tally, grace_seconds: float
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock
        self._tally = tally
        self._grace_seconds = grace_seconds

    async def remove_abandoned(self) -> None:
        """Remove what uploads that broke off left behind. One that still runs would notice and fail, not lose."""
        self._tally.look_at(INCOMING)
        async for keys in self._objects.listing(INCOMING):
            for key in keys:
                if await self._is_abandoned(key):
                    self._tally.found(INCOMING)
                    if not self._tally.dry_run:
                        await self._objects.delete(key)
                        self._tally.removed(INCOMING)

    async def remove_unused(self, tenant: str | None) -> None:
        """Remove originals and parsed documents that no version has."""
        for folder in (ORIGINALS, PARSED):
            self._tally.look_at(folder)
            place = folder if tenant is None else tenant_folder(folder, tenant)
            async for keys in self._objects.listing(place):
                for start in range(0, len(keys), _QUERY_SIZE):
                    for key in await self._unused(keys[start : start + _QUERY_SIZE]):
                        await self._remove(folder, key)

    async def _is_abandoned(self, key: str) -> bool:
        try:
            return self._clock() - await self._objects.modified(key) > self._grace_seconds
        except FileNotFoundError:
            return False

    async def _unused(self, keys: list[str]) -> list[str]:
        async with self._database.read() as connection:
            known = {
                key
                for column in (versions.c.original_key, versions.c.parsed_key)
                for key in await connection.scalars(select(column).where(column.in_(keys)))
            }
        return [key for key in keys if key not in known]

    async def _remove(self, folder: str, key: str) -> None:
        """Remove an object, unless an upload gave it a version meanwhile: uploads hold the lock of their original."""
        if self._tally.dry_run:
            self._tally.found(folder)
            return
        async with self._database.write() as connection:
            for name in dict.fromkeys((original_of(key), key)):
                await lock(connection, name)
            if not await is_used(connection, key):
                self._tally.found(folder)
                await self._objects.delete(key)
                self._tally.removed(folder)
