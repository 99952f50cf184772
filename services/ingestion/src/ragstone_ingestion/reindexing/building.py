"""Making in the index being built what the one that answers has, beside everything else that goes on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_index import NEVER, HeldVersion, IndexedChunk
from ragstone_index.port import Vector
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.drafts import Draft, Drafting, Work, select_work
from ragstone_ingestion.embedding import Embedding
from ragstone_ingestion.errors import DocumentRejected, ReindexBlocked
from ragstone_ingestion.jobs import OPEN, JobKind, Journal, Lease
from ragstone_ingestion.reindexing.placement import Place
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import documents, jobs, versions
from ragstone_ingestion.vector_cache import Kept

_ROUND = 64
_MOST_CHUNKS = 1024
_UPSERT = 256

_MARK = (
    update(versions)
    .where(versions.c.document_id == bindparam("its_id"), versions.c.version == bindparam("its_version"))
    .values(shadow=bindparam("new_shadow"), shadow_chunks=bindparam("new_chunks"))
)

Key = tuple[str, int]
"""A document's id and a version of it."""


@dataclass(frozen=True)
class _Made:
    draft: Draft
    vectors: Sequence[Vector]

    @property
    def key(self) -> Key:
        return key_of(self.draft.work)


def key_of(work: Work) -> Key:
    return work.id, work.of_version


def unbuilt(collection_id: str, index_id: str) -> ColumnElement[bool]:
    """True for versions that nobody has looked at yet for the index; those in the making are their own job's."""
    making = exists().where(
        jobs.c.document_id == versions.c.document_id,
        jobs.c.version == versions.c.version,
        jobs.c.kind == JobKind.INGEST,
        jobs.c.state.in_(OPEN),
        ~jobs.c.called_off,
    )
    here = (documents.c.collection_id == collection_id) & ~documents.c.erased
    return here & versions.c.shadow.is_distinct_from(index_id) & ~making


class Building:
    """Whatever the answering index shows or ever showed of a version is made anew; its life is copied in the turn of
    the collection, in which nothing appears or disappears."""

    def __init__(self, stores: Stores, drafting: Drafting, embedding: Embedding, activation: Activation) -> None:
        self._stores = stores
        self._drafting = drafting
        self._embedding = embedding
        self._activation = activation

    async def count(self, lease: Lease, index_id: str) -> tuple[int, int]:
        """How many versions the collection has, and how many of them are left to look at."""
        joined = versions.join(documents, documents.c.id == versions.c.document_id)
        counted = select(func.count()).select_from(joined)
        here = documents.c.collection_id == lease.collection_id
        async with self._stores.database.read() as connection:
            total = await connection.scalar(counted.where(here, ~documents.c.erased))
            left = await connection.scalar(counted.where(unbuilt(lease.collection_id, index_id)))
        return total or 0, left or 0

    async def round(self, lease: Lease, shadow: Place) -> int:
        """Make some versions; returns how many were looked at, 0 when none is left.

        Raises ReindexBlocked when one cannot be made any more, LeaseLost, and what the embedder answers.
        """
        await self._stores.slots.give_way(lease.priority)
        works = await self._next(lease, shadow)
        if not works:
            return 0
        held = await self._shown(lease, {work.id for work in works})
        drafts = await self._draft(lease, [work for work in works if key_of(work) in held], shadow)
        # What was not drafted, for there was too much already, is left to the next round.
        drafted = {key_of(draft.work) for draft in drafts}
        looked_at = [work for work in works if key_of(work) in drafted or key_of(work) not in held]
        made = await self._embed(lease, drafts, shadow)
        async with self._activation.turn(lease):
            await self._put(lease, shadow, [key_of(work) for work in looked_at], made)
        return len(looked_at)

    async def _next(self, lease: Lease, shadow: Place) -> list[Work]:
        wanted = select_work().where(unbuilt(lease.collection_id, shadow.index_id))
        in_order = wanted.order_by(documents.c.id, versions.c.version).limit(_ROUND)
        async with self._stores.database.read() as connection:
            return list(await connection.execute(in_order))

    async def _shown(self, lease: Lease, document_ids: set[str]) -> dict[Key, HeldVersion]:
        """What the answering index shows now, or showed or would show to some sequence."""
        held = await self._stores.index.held(lease.collection_id, sorted(document_ids))
        return {(one.document_id, one.version): one for one in held if one.born < NEVER}

    async def _draft(self, lease: Lease, works: Sequence[Work], shadow: Place) -> list[Draft]:
        quiet = Steps(self._stores.jobs, replace(lease, journal=Journal()), self._stores.slots)
        drafts: list[Draft] = []
        chunks = 0
        for work in works:
            if chunks < _MOST_CHUNKS:
                drafts.append(await self._draft_one(quiet, work, shadow))
                chunks += len(drafts[-1].chunks)
        return drafts

    async def _draft_one(self, steps: Steps, work: Work, shadow: Place) -> Draft:
        try:
            parsed = await self._drafting.parse(steps, work)
            return await asyncio.to_thread(self._drafting.cut, steps, work, parsed, shadow.settings)
        except (DocumentRejected, FileNotFoundError) as error:
            raise ReindexBlocked(
                f"{work.filename!r} (document {work.id}, version {work.of_version}) cannot be made anew: {error}"
            ) from error

    async def _embed(self, lease: Lease, drafts: Sequence[Draft], shadow: Place) -> list[_Made]:
        texts = [text for draft in drafts for text in draft.texts]
        ids = {draft.work.id for draft in drafts}
        steps = Steps(self._stores.jobs, lease, self._stores.slots)
        vectors = iter(await self._embedding.embed_all(steps, texts, shadow.settings.embedder, reusing=ids))
        return [_Made(draft, [next(vectors) for _ in draft.texts]) for draft in drafts]

    async def _put(self, lease: Lease, shadow: Place, keys: Sequence[Key], made: Sequence[_Made]) -> None:
        """In the turn of the collection: write what is still shown, and that these versions were looked at."""
        ids = {document_id for document_id, _ in keys}
        shown, access = await self._shown(lease, ids), await self._access(ids)
        wanted = [one for one in made if one.key in shown and one.key[0] in access]
        engine = self._stores.placement.engine
        anew = {one.key for one in wanted}
        for one in await engine.held(shadow.index_id, sorted(ids)):
            if (one.document_id, one.version) in anew:  # an attempt before this one was broken off
                await engine.delete(shadow.index_id, one.document_id, one.version)
        chunks = await asyncio.to_thread(_chunks, wanted, shown, access)
        for start in range(0, len(chunks), _UPSERT):
            await self._stores.jobs.require_held(lease)
            await engine.upsert(shadow.index_id, chunks[start : start + _UPSERT])
        # Removals ask for nobody's turn. They begin with the index that answers, so what went meanwhile shows there.
        left = await self._shown(lease, ids)
        for document_id, version in anew - left.keys():
            await engine.delete(shadow.index_id, document_id, version)
        done = {one.key: one for one in wanted if one.key in left}
        async with self._stores.database.write() as connection:
            await self._mark(connection, shadow, [key for key in keys if key in done or key not in shown], done)
            await self._stores.jobs.write(connection, lease, {"attempts": 0})  # what counts are those without progress

    async def _access(self, document_ids: set[str]) -> dict[str, list[str]]:
        """Who may see the documents there are. Changes of it tell the index in a turn of their own."""
        wanted = select(documents.c.id, documents.c.acl).where(documents.c.id.in_(document_ids), ~documents.c.erased)
        async with self._stores.database.read() as connection:
            return {row.id: row.acl for row in await connection.execute(wanted)}

    async def _mark(
        self, connection: AsyncConnection, shadow: Place, keys: Sequence[Key], done: dict[Key, _Made]
    ) -> None:
        counts = {key: len(one.vectors) for key, one in done.items()}
        await mark(connection, shadow.index_id, {key: counts.get(key) for key in keys})
        living = select(documents.c.id).where(documents.c.id.in_([key[0] for key in done]), ~documents.c.erased)
        there = set((await connection.scalars(living.with_for_update())).all())
        kept = [Kept(key[0], one.draft.texts, one.vectors, key[1]) for key, one in done.items() if key[0] in there]
        await self._embedding.keep(connection, kept, shadow.settings.embedder)


async def mark(connection: AsyncConnection, index_id: str | None, chunks: dict[Key, int | None]) -> None:
    """Say of versions that the index being built has all it is to have of them, in so many chunks; None unsays it."""
    rows: list[dict[str, Any]] = [
        {"its_id": document_id, "its_version": version, "new_shadow": index_id, "new_chunks": count}
        for (document_id, version), count in chunks.items()
    ]
    if rows:
        await connection.execute(_MARK, rows)


def _chunks(made: Sequence[_Made], shown: dict[Key, HeldVersion], access: dict[str, list[str]]) -> list[IndexedChunk]:
    """The chunks with the lives of those that answer, and with who may see them now."""
    found = []
    for one in made:
        life, acl = shown[one.key], access[one.key[0]]
        for indexed in one.draft.indexed(one.vectors):
            lived = replace(indexed.chunk.with_life(life.born, life.died), acl=acl)
            found.append(replace(indexed, chunk=lived))
    return found
