"""The ingestion of many small new documents as one: what costs a document much alone costs all of them little more.

It is for the first versions of a batch, which nothing is stored of yet: there is nothing to reuse or to replace. Each
document is still read, refused or accepted by itself; what cannot be done together is left to the pipeline.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_index import NEVER, IndexedChunk
from ragstone_index.port import Vector
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.drafts import Draft, Drafting, Work, select_work
from ragstone_ingestion.embedding import Embedding
from ragstone_ingestion.errors import DocumentRejected
from ragstone_ingestion.jobs import Lease
from ragstone_ingestion.reindexing.placement import Place, Places, written_values
from ragstone_ingestion.reindexing.shadowing import unless_away
from ragstone_ingestion.steps import Steps, step_together
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import documents, versions
from ragstone_ingestion.vector_cache import Kept

_WRITTEN = ("chunks", "shadow", "shadow_chunks")
_DESCRIBE = (
    update(versions)
    .where(versions.c.document_id == bindparam("its_id"), versions.c.version == 1)
    .values({name: bindparam(f"new_{name}") for name in ("pages", "provenance", "fields", *_WRITTEN)})
)
_ENTITLE = (
    update(documents)
    .where(documents.c.id == bindparam("its_id"), documents.c.version == 1)
    .values(title=bindparam("new_title"))
)

_CUT_AT_ONCE = 4
_WRITTEN_AT_ONCE = 64

_Parsed = list[tuple[Steps, Work, ParsedDocument]]
_Drafts = list[tuple[Steps, Draft]]


@dataclass(frozen=True)
class _Made:
    """Versions as one of the collection's indexes is given them; ``vectors`` are those of each draft's chunks."""

    place: Place
    drafts: _Drafts
    vectors: Sequence[Sequence[Vector]]

    def born(self, sequence: int) -> list[IndexedChunk]:
        """The chunks, visible from the sequence on."""
        return [
            replace(one, chunk=one.chunk.with_life(sequence, NEVER))
            for (_, draft), found in zip(self.drafts, self.vectors, strict=True)
            for one in draft.indexed(found)
        ]

    def kept(self) -> list[Kept]:
        pairs = zip(self.drafts, self.vectors, strict=True)
        return [Kept(draft.work.id, draft.texts, found) for (_, draft), found in pairs]


class Bulk:
    def __init__(self, stores: Stores, drafting: Drafting, embedding: Embedding, activation: Activation) -> None:
        self._stores = stores
        self._drafting = drafting
        self._embedding = embedding
        self._activation = activation

    async def run(self, leases: Sequence[Lease]) -> list[Lease]:
        """Bring the leased versions, all of one collection, to where they answer; returns those left to do alone.

        Either all the others are done or, with an error, none is.
        """
        places = await self._stores.placement.of(leases[0].collection_id)
        async with step_together(leases, "parse"):
            parsed = await self._parse(leases)
        async with step_together(leases, "chunk"):
            drafts = [await self._cut_all(parsed, place.settings) for place in places.written]
        kept = [steps.lease for steps, _ in drafts[0]]
        if kept:
            async with step_together(kept, "embed"):
                made = await self._make(places, drafts)
            await self._stores.slots.give_way(kept[0].priority)
            async with step_together(kept, "activate") as take_time:
                await self._activate(made, take_time)
        done = {lease.job_id for lease in kept}
        return [lease for lease in leases if lease.job_id not in done]

    async def _parse(self, leases: Sequence[Lease]) -> _Parsed:
        """Those that can be read; one that cannot says so when it is looked at alone."""
        these = documents.c.id.in_([lease.document_id for lease in leases]) & (versions.c.version == 1)
        async with self._stores.database.read() as connection:
            works = {row.id: row for row in await connection.execute(select_work().where(these))}
        wanted = [
            (Steps(self._stores.jobs, lease, self._stores.slots), works[lease.document_id])
            for lease in leases
            if lease.document_id in works
        ]
        found = zip(wanted, await self._drafting.parse_all(wanted), strict=True)
        return [(steps, work, one) for (steps, work), one in found if isinstance(one, ParsedDocument)]

    async def _cut_all(self, parsed: _Parsed, settings: CollectionSettings) -> _Drafts:
        """In pieces, for cutting keeps the interpreter to itself, and somebody may wait for another document."""
        drafts: _Drafts = []
        for start in range(0, len(parsed), _CUT_AT_ONCE):
            part = parsed[start : start + _CUT_AT_ONCE]
            async with part[0][0].slot("chunk"):
                drafts += await asyncio.to_thread(self._cut, part, settings)
        return drafts

    def _cut(self, parsed: _Parsed, settings: CollectionSettings) -> _Drafts:
        drafts: _Drafts = []
        for steps, work, document in parsed:
            with suppress(DocumentRejected):
                drafts.append((steps, self._drafting.cut(steps, work, document, settings)))
        return drafts

    async def _make(self, places: Places, drafts: Sequence[_Drafts]) -> list[_Made]:
        made = [await self._embed(places.live, drafts[0])]
        if places.shadow is not None:
            steps, _ = drafts[1][0]
            shadowed = await unless_away(steps, places.shadow, self._embed(places.shadow, drafts[1]))
            made += [] if shadowed is None else [shadowed]
        return made

    async def _embed(self, place: Place, drafts: _Drafts) -> _Made:
        texts = [text for _, draft in drafts for text in draft.texts]
        vectors = iter(await self._embedding.embed_all(drafts[0][0], texts, place.settings.embedder))
        return _Made(place, drafts, [[next(vectors) for _ in draft.texts] for _, draft in drafts])

    async def _activate(self, made: Sequence[_Made], take_time: Callable[[], None]) -> None:
        drafts, written = made[0].drafts, [one.place.index_id for one in made]
        leases = [steps.lease for steps, _ in drafts]

        async def insert(sequence: int) -> None:
            for steps, draft in drafts:
                steps.note("answers together with others", sequence=sequence, embedded=len(draft.texts))
            for one in made:
                chunks = await asyncio.to_thread(one.born, sequence)
                for start in range(0, len(chunks), _WRITTEN_AT_ONCE):
                    await self._stores.slots.give_way(leases[0].priority)
                    part = chunks[start : start + _WRITTEN_AT_ONCE]
                    await self._stores.placement.engine.upsert(one.place.index_id, part)
            told = {draft.work.id: draft.work.acl for _, draft in drafts}
            await self._activation.agree(leases[0].collection_id, told)

        async def describe(connection: AsyncConnection, places: Places) -> None:
            described = []
            for number, (_, draft) in enumerate(drafts):
                counts = {one.place.index_id: len(one.vectors[number]) for one in made}
                described.append(_named(draft, draft.described() | written_values(places, counts)))
            await connection.execute(_DESCRIBE, described)
            if titles := [_named(draft, {"title": draft.title}) for _, draft in drafts if draft.parsed.title]:
                await connection.execute(_ENTITLE, titles)
            for one in made:
                await self._embedding.keep(connection, one.kept(), one.place.settings.embedder)
            take_time()

        await self._activation.appear_together(leases, written, insert, describe)


def _named(draft: Draft, values: dict[str, Any]) -> dict[str, Any]:
    return {"its_id": draft.work.id, **{f"new_{name}": value for name, value in values.items()}}
