"""Holding the index being built against the one that answers: each version's chunks and life, and texts looked for."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.reindexing import SampleReport
from ragstone_index import NEVER, Hit, StoredChunk, Visibility
from ragstone_ingestion.activation import Activation
from ragstone_ingestion.embedding import Embedding
from ragstone_ingestion.errors import ReindexUnsound
from ragstone_ingestion.jobs import Lease
from ragstone_ingestion.reindexing.building import Key, mark
from ragstone_ingestion.reindexing.placement import Place, Places
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.stores import Stores
from ragstone_ingestion.tables import collections, documents, versions

_PAGE = 200
_TEXTS = 20
_BEST = 10
_LEAST_FOUND = 0.5


@dataclass(frozen=True)
class Sampled:
    """A chunk of the index being built, and what each index has nearest to its text."""

    chunk: StoredChunk
    nearest: list[Hit]
    nearest_live: list[Hit]

    @property
    def is_found(self) -> bool:
        return any(hit.chunk.text == self.chunk.text for hit in self.nearest)

    @property
    def agreement(self) -> float:
        ours, theirs = ({hit.chunk.document_id for hit in hits} for hits in (self.nearest, self.nearest_live))
        return len(ours & theirs) / max(len(ours | theirs), 1)


class Verifying:
    def __init__(self, stores: Stores, embedding: Embedding, activation: Activation) -> None:
        self._stores = stores
        self._embedding = embedding
        self._activation = activation

    async def differences(self, lease: Lease, shadow: Place) -> int:
        """Compare every document, and take back what differs so that it is built again; returns how many versions."""
        count = 0
        async for document_ids in self._pages(lease.collection_id):
            if await self._compare(lease, shadow, document_ids):
                count += await self._take_back(lease, shadow, document_ids)
            await self._stores.jobs.heartbeat(lease)
        return count

    async def sample(self, lease: Lease, places: Places, shadow: Place) -> SampleReport:
        """Look for some texts in both. Raises ReindexUnsound when the index being built does not find its own."""
        async with self._stores.database.read() as connection:
            sequence = await connection.scalar(_served(lease.collection_id))
            chosen = (await connection.execute(_some(lease.collection_id))).all()
        chunks = [chunk for row in chosen if (chunk := await self._chunk(shadow, row.id, row.active_version))]
        if not chunks:
            return SampleReport()
        sampled = await self._look_for(lease, (places.live, shadow), chunks, sequence or 0)
        found = sum(one.is_found for one in sampled)
        report = SampleReport(
            texts=len(sampled), found=found, agreement=float(np.mean([one.agreement for one in sampled]))
        )
        if found < _LEAST_FOUND * len(sampled):
            raise ReindexUnsound(f"of {len(sampled)} texts the new index finds {found} by themselves")
        return report

    async def _pages(self, collection_id: str) -> AsyncIterator[list[str]]:
        after = ""
        while True:
            here = (documents.c.collection_id == collection_id) & (documents.c.id > after)
            wanted = select(documents.c.id).where(here, ~documents.c.erased).order_by(documents.c.id).limit(_PAGE)
            async with self._stores.database.read() as connection:
                page = list((await connection.scalars(wanted)).all())
            if not page:
                return
            yield page
            after = page[-1]

    async def _compare(self, lease: Lease, shadow: Place, document_ids: Sequence[str]) -> set[Key]:
        """The versions in which the two differ."""
        live = await self._stores.index.held(lease.collection_id, document_ids)
        lives = {(one.document_id, one.version): (one.born, one.died) for one in live if one.born < NEVER}
        async with self._stores.database.read() as connection:
            expected = await _expected(connection, shadow.index_id, document_ids)
        held = await self._stores.placement.engine.held(shadow.index_id, document_ids)
        there = {(one.document_id, one.version): one for one in held}
        wrong = {
            key
            for key, life in lives.items()
            if key not in there or (there[key].born, there[key].died) != life or there[key].chunks != expected.get(key)
        }
        return wrong | {key for key, one in there.items() if one.born < NEVER and key not in lives}

    async def _take_back(self, lease: Lease, shadow: Place, document_ids: Sequence[str]) -> int:
        """Compare again in the turn of the collection, in which nothing changes, and remove what differs."""
        async with self._activation.turn(lease):
            wrong = await self._compare(lease, shadow, document_ids)
            for document_id, version in sorted(wrong):
                await self._stores.jobs.require_held(lease)
                await self._stores.placement.engine.delete(shadow.index_id, document_id, version)
            async with self._stores.database.write() as connection:
                await mark(connection, None, dict.fromkeys(wrong))
                await self._stores.jobs.write(connection, lease, {})
        return len(wrong)

    async def _chunk(self, shadow: Place, document_id: str, version: int) -> StoredChunk | None:
        """One from the middle of a version."""
        chunks = await self._stores.placement.engine.chunks(shadow.index_id, document_id, version)
        return sorted(chunks, key=lambda one: one.start)[len(chunks) // 2] if chunks else None

    async def _look_for(
        self, lease: Lease, places: tuple[Place, Place], chunks: Sequence[StoredChunk], sequence: int
    ) -> list[Sampled]:
        texts = [chunk.text for chunk in chunks]
        nearest: list[list[list[Hit]]] = []
        steps = Steps(self._stores.jobs, lease, self._stores.slots)
        for place in places:
            vectors = await self._embedding.embed_all(steps, texts, place.settings.embedder)
            nearest.append(
                [
                    await self._stores.placement.engine.dense(
                        place.index_id, vector, Visibility(chunk.tenant, chunk.acl, sequence), _BEST
                    )
                    for chunk, vector in zip(chunks, vectors, strict=True)
                ]
            )
        live, ours = nearest
        return [Sampled(*one) for one in zip(chunks, ours, live, strict=True)]


async def _expected(connection: AsyncConnection, index_id: str, document_ids: Sequence[str]) -> dict[Key, int | None]:
    """How many chunks the index is to have of the versions that it has."""
    columns = (versions.c.document_id, versions.c.version, versions.c.shadow_chunks)
    these = versions.c.document_id.in_(document_ids) & (versions.c.shadow == index_id)
    return {(row[0], row[1]): row[2] for row in await connection.execute(select(*columns).where(these))}


def _some(collection_id: str) -> Select[Any]:
    """A few documents that answer, by chance."""
    answering = (documents.c.collection_id == collection_id) & documents.c.active_version.is_not(None)
    chosen = select(documents.c.id, documents.c.active_version).where(answering, ~documents.c.deleted)
    return chosen.order_by(func.random()).limit(_TEXTS)


def _served(collection_id: str) -> Select[Any]:
    """What queries in the collection see now."""
    served = func.coalesce(collections.c.pinned, collections.c.sequence)
    return select(served).where(collections.c.id == collection_id)
