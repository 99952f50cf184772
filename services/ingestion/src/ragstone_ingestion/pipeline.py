"""The ingestion of one document version: parse, chunk, embed, index, activate."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update

from ragstone_contracts.documents import ParsedDocument
from ragstone_index.port import Vector
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.drafts import Draft, Drafting, Work, select_work
from ragstone_ingestion.embedding import Embedding
from ragstone_ingestion.errors import LeaseLost
from ragstone_ingestion.jobs import JobKind, Lease
from ragstone_ingestion.reindexing.placement import Place, Places
from ragstone_ingestion.reindexing.shadowing import unless_away
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import documents, versions

_UPSERT = 256


@dataclass(frozen=True)
class _Made:
    """A version as one of the collection's indexes is given it."""

    place: Place
    draft: Draft
    vectors: Sequence[Vector]


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
        while not await self._make_answer(steps, work, parsed):
            steps.note("the collection has come to answer from another index")

    async def _make_answer(self, steps: Steps, work: Work, parsed: ParsedDocument) -> bool:
        """False when the index that the version was made for is not the one that answers any more."""
        places = await self._stores.placement.of(steps.lease.collection_id)
        async with steps.step("chunk"):
            drafts = [
                await asyncio.to_thread(self._drafting.cut, steps, work, parsed, place.settings)
                for place in places.written
            ]
            if steps.lease.kind is JobKind.INGEST:  # a move leaves the version as it is
                _describe(steps, drafts[0])
        async with steps.step("embed"):
            made = await self._embed(steps, places, drafts)
        async with steps.step("index"):
            for one in made:
                await self._index(steps, one)
            steps.note("wrote the chunks into the index, where nobody sees them yet", chunks=len(made[0].vectors))
        async with steps.step("activate"):
            written = {one.place.index_id: len(one.vectors) for one in made}
            return await self._activation.appear(steps, written, work.acl)

    async def _embed(self, steps: Steps, places: Places, drafts: Sequence[Draft]) -> list[_Made]:
        vectors = await self._embedding.embed(steps, drafts[0].texts, places.live.settings.embedder)
        made = [_Made(places.live, drafts[0], vectors)]
        if places.shadow is not None:
            wanted = self._embedding.embed(steps, drafts[1].texts, places.shadow.settings.embedder)
            if (found := await unless_away(steps, places.shadow, wanted)) is not None:
                made.append(_Made(places.shadow, drafts[1], found))
        return made

    async def _work(self, lease: Lease) -> Work:
        this = (documents.c.id == lease.document_id) & (versions.c.version == lease.version)
        async with self._stores.database.read() as connection:
            row: Work | None = (await connection.execute(select_work().where(this))).one_or_none()
        if row is None:
            raise LeaseLost("the document is gone")
        return row

    async def _index(self, steps: Steps, made: _Made) -> None:
        """Put the chunks into the index, where nobody sees them yet."""
        lease, index, index_id = steps.lease, self._stores.placement.engine, made.place.index_id
        held = await index.held(index_id, [lease.document_id])
        if any(one.version == lease.version for one in held):
            # An earlier attempt, of this job or one before it, may have cut the text otherwise, under other settings.
            await steps.require_held()
            await index.delete(index_id, lease.document_id, lease.version)
        for start in range(0, len(made.vectors), _UPSERT):
            part = await asyncio.to_thread(made.draft.indexed, made.vectors, slice(start, start + _UPSERT))
            await steps.require_held()
            await index.upsert(index_id, part)
            steps.progress(min(1.0, (start + _UPSERT) / len(made.vectors)))
        if not await self._stores.placement.is_wanted(index_id):
            await index.drop(index_id)  # the reindexing was cancelled long ago


def _describe(steps: Steps, draft: Draft) -> None:
    lease = steps.lease
    this = (versions.c.document_id == lease.document_id) & (versions.c.version == lease.version)
    newest = (documents.c.id == lease.document_id) & (documents.c.version == lease.version)
    if draft.parsed.title:
        steps.later(update(documents).where(newest).values(title=draft.parsed.title))
    steps.later(update(versions).where(this).values(draft.described()))
