"""Looking into the stores behind the service's back."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from ragstone_index import StoredChunk
from ragstone_ingestion.assembly import Ingestion
from ragstone_ingestion.jobs import OPEN
from ragstone_ingestion.tables import PLATFORM, changes, collections, documents, jobs, vectors, versions


@dataclass(frozen=True)
class Seen:
    """All rows at one instant."""

    collections: dict[str, Row[Any]]
    documents: dict[str, Row[Any]]
    versions: list[Row[Any]]
    vectors: list[Row[Any]]
    changes: list[Row[Any]]
    open_jobs: int
    jobs: int

    @property
    def objects(self) -> set[str]:
        """The keys the tables know."""
        return {key for row in self.versions for key in (row.original_key, row.parsed_key)}


async def look(ingestion: Ingestion) -> Seen:
    async with ingestion.stores.database.read() as connection:
        rows = {
            table.name: list((await connection.execute(select(table))).all())
            for table in (collections, documents, versions, vectors, changes, jobs)
        }
    return Seen(
        {row.id: row for row in rows["collections"] if row.id != PLATFORM},
        {row.id: row for row in rows["documents"]},
        rows["versions"],
        rows["vectors"],
        rows["changes"],
        sum(row.state in OPEN for row in rows["jobs"]),
        len(rows["jobs"]),
    )


async def objects_in(ingestion: Ingestion) -> set[str]:
    return {key async for keys in ingestion.stores.objects.listing("") for key in keys}


async def chunks_in(ingestion: Ingestion, collection_id: str) -> dict[str, StoredChunk]:
    """By id; each is there once."""
    stored = await ingestion.stores.index.chunks(collection_id)
    by_id = {chunk.chunk_id: chunk for chunk in stored}
    assert len(by_id) == len(stored)
    return by_id
