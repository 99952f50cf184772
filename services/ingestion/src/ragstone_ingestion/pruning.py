"""Removing what a replaced version left behind, once no query that began before can still need it."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_index import VectorIndex
from ragstone_ingestion.history.lives import kept_versions
from ragstone_ingestion.jobs import Clock, JobKind, JobStore, Lease, NewJob, add_job
from ragstone_ingestion.tables import vectors
from ragstone_kit.database import Database


class Prune:
    """``wait_seconds`` must be longer than any query takes from reading its collection's sequence to its last hit."""

    def __init__(
        self, database: Database, index: VectorIndex, jobs: JobStore, clock: Clock, wait_seconds: float
    ) -> None:
        self._database = database
        self._index = index
        self._jobs = jobs
        self._clock = clock
        self.wait_seconds = wait_seconds

    async def queue(self, connection: AsyncConnection, replacing: Lease) -> None:
        """Plan it, in the transaction in which the lease's version replaces those before it."""
        of = replacing
        new = NewJob(JobKind.PRUNE, of.tenant, of.collection_id, of.document_id, of.version, self.wait_seconds)
        await add_job(connection, new, self._clock())

    async def run(self, lease: Lease) -> None:
        """Remove the chunks and vectors that only versions before the job's own used and that nothing keeps."""
        async with self._database.read() as connection:
            kept = (await kept_versions(connection, [lease.document_id])).get(lease.document_id, set())
        held = await self._index.held(lease.collection_id, [lease.document_id])
        for version in sorted({one.version for one in held if one.version < lease.version} - kept):
            await self._index.delete(lease.collection_id, lease.document_id, version)
        oldest = min({lease.version} | kept)
        unused = (vectors.c.document_id == lease.document_id) & (vectors.c.version < oldest)
        async with self._database.write() as connection:
            await connection.execute(delete(vectors).where(unused))
            await self._jobs.done(connection, lease)
