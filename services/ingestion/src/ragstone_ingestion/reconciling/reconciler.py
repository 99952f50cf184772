"""Holding the stores against the tables, which are the truth."""

from sqlalchemy import select

from ragstone_contracts.maintenance import ReconcileReport
from ragstone_ingestion.jobs import Clock, Lease
from ragstone_ingestion.reconciling.blobs import Blobs
from ragstone_ingestion.reconciling.chunks import Chunks
from ragstone_ingestion.reconciling.repair import Repair
from ragstone_ingestion.reconciling.rows import Rows
from ragstone_ingestion.reconciling.sharing import resume_sharing
from ragstone_ingestion.reconciling.tally import Tally
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import PLATFORM, collections
from ragstone_kit.logs import get_logger

_log = get_logger(__name__)


class Reconciler:
    """May run at any time, beside everything else and beside itself, and be killed anywhere: what it leaves, the next
    run finds. Whatever it removes it has looked at twice, the second time under the lock of those who could need it.

    ``grace_seconds`` is how long the bytes of an upload may lie unnamed.
    """

    def __init__(self, stores: Stores, clock: Clock, grace_seconds: float) -> None:
        self._stores = stores
        self._clock = clock
        self._grace_seconds = grace_seconds

    async def run(self, tenant: str | None = None, *, dry_run: bool = False) -> ReconcileReport:
        """Put in order what one tenant has, or everything; a dry run only counts.

        Tables without a single collection are taken for the wrong database: then nothing is changed either.
        """
        tally = Tally(dry_run or not await self._has_collections())
        stores = self._stores
        rows = Rows(stores.database, self._clock, tally)
        blobs = Blobs(stores.database, stores.objects, self._clock, tally, self._grace_seconds)
        chunks = Chunks(stores.database, stores.placement, tally)
        if tenant is None:
            await rows.remove_orphans()
            await rows.remove_stale_vectors()
            await blobs.remove_abandoned()
            await chunks.drop_unknown_collections()
        await rows.resume_removals(tenant)
        await resume_sharing(stores.database, self._clock, tally, tenant)
        await blobs.remove_unused(tenant)
        repair = Repair(stores, self._clock, tally)
        for collection in await self._collections(tenant):
            await chunks.remove_unaccounted(collection)
            await repair.queue_incomplete(collection)
        return tally.report()

    async def work(self, lease: Lease) -> None:
        """Run it as a job."""
        report = await self.run()
        _log.info("reconciled", **{name: one.model_dump() for name, one in report.stores.items() if one.found})
        async with self._stores.database.write() as connection:
            await self._stores.jobs.done(connection, lease)

    async def _has_collections(self) -> bool:
        async with self._stores.database.read() as connection:
            return (
                await connection.scalar(select(collections.c.id).where(collections.c.id != PLATFORM).limit(1))
                is not None
            )

    async def _collections(self, tenant: str | None) -> list[str]:
        """The living collections: those being dropped are their job's."""
        wanted = select(collections.c.id).where(~collections.c.deleted)
        if tenant is not None:
            wanted = wanted.where(collections.c.tenant == tenant)
        async with self._stores.database.read() as connection:
            return list((await connection.scalars(wanted)).all())
