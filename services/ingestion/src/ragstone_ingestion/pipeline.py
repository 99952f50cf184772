"""The ingestion of one document version: parse, chunk, embed, index, activate."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import update

from ragstone_index.port import Vector
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.drafts import Draft, Drafting, Work, select_work, settings_of
from ragstone_ingestion.embedding import Embedding
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs import Lease
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import documents, versions

_UPSERT = 256


class Pipeline:
    def __init__(self, stores: Stores, drafting: Drafting, embedding: Embedding, activation: Activation) -> None:
        self._stores = stores
        self._drafting = drafting
        self._embedding = embedding
        self._activation = activation

    async def run(self, lease: Lease) -> None:
        """Bring the leased version to where it answers questions. May be broken off and run again at any point.

        Raises DocumentRejected when it cannot be taken, LeaseLost when the job is somebody else's by now.
        """
        steps = Steps(self._stores.jobs, lease, self._stores.slots)
        work = await self._work(lease)
        async with steps.step("parse"):
            parsed = await self._drafting.parse(steps, work)
        async with steps.step("chunk"):
            draft = await asyncio.to_thread(self._drafting.cut, steps, work, parsed)
            _describe(steps, draft)
        async with steps.step("embed"):
            vectors = await self._embedding.embed(steps, draft.texts, settings_of(work).embedder)
        async with steps.step("index"):
            await self._index(steps, draft, vectors)
            steps.note("wrote the chunks into the index, where nobody sees them yet", chunks=len(vectors))
        async with steps.step("activate"):
            await self._activation.appear(steps)

    async def _work(self, lease: Lease) -> Work:
        this = (documents.c.id == lease.document_id) & (versions.c.version == lease.version)
        async with self._stores.database.read() as connection:
            row: Work | None = (await connection.execute(select_work().where(this))).one_or_none()
        if row is None:
            raise LeaseLost("the document is gone")
        return row

    async def _index(self, steps: Steps, draft: Draft, vectors: Sequence[Vector]) -> None:
        """Put the chunks into the index, where nobody sees them yet."""
        lease, index = steps.lease, self._stores.index
        held = await index.held(lease.collection_id, [lease.document_id])
        if any(one.version == lease.version for one in held):
            # An earlier attempt, of this job or one before it, may have cut the text otherwise, under other settings.
            await steps.require_held()
            await index.delete(lease.collection_id, lease.document_id, lease.version)
        for start in range(0, len(vectors), _UPSERT):
            part = await asyncio.to_thread(draft.indexed, vectors, slice(start, start + _UPSERT))
            await steps.require_held()
            await index.upsert(lease.collection_id, part)
            steps.progress(min(1.0, (start + _UPSERT) / len(vectors)))


def _describe(steps: Steps, draft: Draft) -> None:
    lease = steps.lease
    this = (versions.c.document_id == lease.document_id) & (versions.c.version == lease.version)
    newest = (documents.c.id == lease.document_id) & (documents.c.version == lease.version)
    if draft.parsed.title:
        steps.later(update(documents).where(newest).values(title=draft.parsed.title))
    steps.later(update(versions).where(this).values(draft.described()))
