"""Living documents among which things are planted, and what plants them."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, event, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.documents import Collection, DocumentAccepted
from ragstone_index import IndexedChunk, StoredChunk, VectorIndex, encode_document
from ragstone_ingestion import tables
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.tables import versions
from ragstone_testing.scripted_models import hashed_vectors

from ..conftest import (  # noqa: TID252  tests are no packages
    ADA,
    World,
    new_collection,
    put,
    seen,
    text_of,
)

GONE = "00000000-0000-4000-8000-000000000000"


@dataclass
class Scene:
    """Living documents among which things are planted: one twice replaced, one shared, one still queued."""

    ingestion: Ingestion
    world: World
    demo: Collection
    replaced: DocumentAccepted
    queued: DocumentAccepted

    async def rows(self) -> dict[str, list[Row[Any]]]:
        async with self.ingestion.stores.database.read() as connection:
            return {
                table.name: sorted((await connection.execute(select(table))).all(), key=str)
                for table in tables.metadata.sorted_tables
            }

    async def chunks(self) -> dict[str, StoredChunk]:
        return {chunk.chunk_id: chunk for chunk in await self.ingestion.stores.index.chunks(self.demo.id)}

    def files(self) -> set[str]:
        root = Path(self.world.settings.objects_url)
        return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    async def everything(self) -> tuple[Any, ...]:
        return await self.rows(), await self.chunks(), self.files()

    async def reconcile(self, **how: Any) -> dict[str, tuple[int, int, int]]:
        """What was found, removed and repaired, by store, where there was anything."""
        report = await self.ingestion.reconciler.run(**how)
        counts = {name: (one.found, one.removed, one.repaired) for name, one in report.stores.items()}
        return {name: count for name, count in counts.items() if any(count)}

    async def plant(self, collection: str, document_id: str, version: int, number: int = 0) -> None:
        """A chunk in the index."""
        text = f"a planted stone {number}"
        chunk = StoredChunk(
            f"{collection}/{document_id}/{version}/{number}", "t", ["*"], document_id, version, "T", 0, len(text), text
        )
        [vector] = hashed_vectors([text], 32)
        await self.ingestion.stores.index.upsert(collection, [IndexedChunk(chunk, vector, encode_document(text))])

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in which rows need no parents."""
        async with self.ingestion.stores.database.write() as connection:
            if connection.dialect.name == "postgresql":
                await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection


@asynccontextmanager
async def scene(world: World, index: VectorIndex) -> AsyncIterator[Scene]:
    async with world.process(index) as ingestion:  # type: ignore[arg-type]  # any index does
        if ingestion.stores.database.is_sqlite:
            await without_foreign_keys(ingestion)
        demo = await new_collection(ingestion)
        for number in range(3):
            replaced = await put(ingestion, demo, "replaced.txt", text_of(f"version {number}", 3))
            await ingestion.worker.drain()
        for name in ("one.txt", "two.txt"):
            await put(ingestion, demo, name, text_of("shared", 2))
        await ingestion.worker.drain()
        world.clock.now += world.settings.prune_seconds
        await ingestion.worker.drain()
        queued = await put(ingestion, demo, "queued.txt", text_of("queued", 2))
        yield Scene(ingestion, world, demo, replaced, queued)


async def without_foreign_keys(ingestion: Ingestion) -> None:
    """SQLite checks them by connection; a restored dump need not have obeyed them."""
    engine = ingestion.stores.database._engine
    event.listen(engine.sync_engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
    await engine.dispose()


async def pieces_of(content: bytes) -> AsyncIterator[bytes]:
    yield content


def set_age(one: Scene, key: str, seconds: float) -> None:
    written = one.world.clock.now - seconds
    os.utime(Path(one.world.settings.objects_url) / key, (written, written))


async def insert_row(one: Scene, table: Any, **row: Any) -> None:
    async with one.writing() as connection:
        await connection.execute(insert(table).values(row))


async def copy_row(one: Scene, table: Any, where: Any, **changed: Any) -> None:
    async with one.writing() as connection:
        row = (await connection.execute(select(table).where(where).limit(1))).one()
        await connection.execute(insert(table).values({**row._mapping, **changed}))


async def version_row(one: Scene) -> Row[Any]:
    this = (versions.c.document_id == one.replaced.document_id) & (versions.c.version == 3)
    async with one.writing() as connection:
        return (await connection.execute(select(versions).where(this))).one()


async def answering(one: Scene) -> dict[str, list[tuple[int, int]]]:
    """The ranges that queries see, by document."""
    sequence = (await one.ingestion.collections.find(ADA, one.demo.id)).sequence
    found = seen(await one.ingestion.stores.index.chunks(one.demo.id), sequence)
    return {name.partition("/")[0]: ranges for name, ranges in found.items()}
