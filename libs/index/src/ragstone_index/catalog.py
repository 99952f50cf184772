"""What is kept beside a vector store: the chunks themselves, who may see them, and the terms of the sparse leg.

A vector store that is wrapped keeps vectors and what they are filtered by; the catalog is the truth about everything
else. It is an SQLite file on one machine, and a Postgres database where several share a store.
"""

import json
import math
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Executable, and_, case, delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import Unavailable, UpstreamError
from ragstone_index.catalog_filters import ACL, visible
from ragstone_index.catalog_rows import chunk_row, read_chunk, read_vector, term_rows, value_rows
from ragstone_index.catalog_tables import catalog, chunks, collections, terms, values
from ragstone_index.filters import Where
from ragstone_index.payload import point_id
from ragstone_index.port import (
    HeldVersion,
    Hit,
    IndexedChunk,
    Page,
    SparseVector,
    StoredChunk,
    Vector,
    Visibility,
    summarize,
)
from ragstone_kit.database import Database

Kept = tuple[str, StoredChunk, Vector]
"""The name of a chunk in the vector store, the chunk and its vector."""

_CHUNK = (chunks.c.payload, chunks.c.acl, chunks.c.born, chunks.c.died)
_AT_ONCE = 500
"""Names in one statement: databases bound how many values they take."""


class Catalog:
    """``url`` is SQLAlchemy's, as :class:`ragstone_kit.database.Database` takes it. Connects on first use."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._ready = False

    async def dimensions(self, collection: str) -> int | None:
        """How long the vectors of a collection are; None when it was never written."""
        rows = await self._rows(select(collections.c.dimensions).where(collections.c.collection == collection))
        return rows[0][0] if rows else None

    async def add(self, collection: str, dimensions: int) -> int:
        """Make the collection unless it is there; its dimensions."""
        async with self._write() as connection:
            held = select(collections.c.dimensions).where(collections.c.collection == collection)
            found: int | None = (await connection.execute(held)).scalar()
            if found is None:
                await connection.execute(insert(collections).values(collection=collection, dimensions=dimensions))
        return found or dimensions

    async def upsert(self, collection: str, given: Sequence[IndexedChunk]) -> None:
        """Store chunks, replacing those with the same ids."""
        new = list({one.chunk.chunk_id: one for one in given}.values())
        async with self._write() as connection:
            for some in _batches([point_id(one.chunk.chunk_id) for one in new]):
                await connection.execute(delete(chunks).where(_named(collection, some)))
            await connection.execute(insert(chunks), [chunk_row(collection, one) for one in new])
            await _insert(connection, values, chain.from_iterable(value_rows(collection, one) for one in new))
            await _insert(connection, terms, chain.from_iterable(term_rows(collection, one) for one in new))

    async def kept(self, collection: str, points: Sequence[str]) -> list[Kept]:
        """What is stored under these names, in no particular order; what is not is left out."""
        found: list[Kept] = []
        for some in _batches(points):
            rows = await self._rows(select(chunks.c.point, chunks.c.dense, *_CHUNK).where(_named(collection, some)))
            found += [(point, read_chunk(*chunk), read_vector(dense)) for point, dense, *chunk in rows]
        return found

    async def points(self, collection: str, document_id: str | None = None, version: int | None = None) -> list[str]:
        """The names of a document's chunks, or of all."""
        return [row[0] for row in await self._rows(select(chunks.c.point).where(_of(collection, document_id, version)))]

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None
    ) -> list[Hit]:
        """The visible chunks with the highest BM25 score, best first, compared one by one."""
        weights = await self._weights(collection, visibility.tenant, vector)
        if not weights:
            return []
        score = func.sum(terms.c.weight * case(weights, value=terms.c.term, else_=0.0)).label("score")
        of_tenant = and_(terms.c.collection == collection, terms.c.tenant == visibility.tenant)
        scored = select(terms.c.point, score).where(of_tenant, terms.c.term.in_(weights)).group_by(terms.c.point)
        found = scored.subquery()
        statement = (
            select(found.c.score, *_CHUNK)
            .select_from(found)
            .join(chunks, and_(chunks.c.point == found.c.point, visible(collection, visibility, where)))
            .where(found.c.score > 0)
            .order_by(found.c.score.desc(), chunks.c.point)
            .limit(limit)
        )
        return [Hit(read_chunk(*chunk), float(score)) for score, *chunk in await self._rows(statement)]

    async def _weights(self, collection: str, tenant: str, vector: SparseVector) -> Mapping[int, float]:
        """The weight of each term times its idf over all the tenant's chunks, seen or not."""
        query = dict(zip(vector.indices, vector.values, strict=True))
        of_tenant = and_(terms.c.collection == collection, terms.c.tenant == tenant)
        counts = select(terms.c.term, func.count()).where(of_tenant, terms.c.term.in_(query)).group_by(terms.c.term)
        frequencies = await self._rows(counts)
        held = select(func.count()).where(chunks.c.collection == collection, chunks.c.tenant == tenant)
        # Counted a moment later, when some of them may be gone: no term is in more chunks than there are.
        total = max([(await self._rows(held))[0][0], *(row[1] for row in frequencies)]) if frequencies else 0
        return {
            term: query[term] * math.log(1 + (total - frequency + 0.5) / (frequency + 0.5))
            for term, frequency in frequencies
        }

    async def find(self, collection: str, visibility: Visibility, limit: int, where: Where | None) -> list[StoredChunk]:
        rows = await self._rows(select(*_CHUNK).where(visible(collection, visibility, where)).limit(limit))
        return [read_chunk(*row) for row in rows]

    async def count(self, collection: str, visibility: Visibility, where: Where | None) -> int:
        statement = select(func.count()).select_from(chunks).where(visible(collection, visibility, where))
        return int((await self._rows(statement))[0][0])

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        points = await self.points(collection, document_id)
        async with self._write() as connection:
            of_it = _of(collection, document_id, None)
            await connection.execute(update(chunks).where(of_it).values(acl=json.dumps(list(acl))))
            for some in _batches(points):
                held = and_(values.c.collection == collection, values.c.point.in_(some), values.c.name == ACL)
                await connection.execute(delete(values).where(held))
            at = ({"collection": collection, "point": point, "name": ACL} for point in points)
            await _insert(connection, values, ({**one, "text": principal} for one in at for principal in acl))

    async def set_life(
        self, collection: str, document_id: str, version: int, born: int | None, died: int | None
    ) -> None:
        life = {name: value for name, value in (("born", born), ("died", died)) if value is not None}
        if life:
            async with self._write() as connection:
                of_it = _of(collection, document_id, version)
                await connection.execute(update(chunks).where(of_it).values(life))

    async def remove(self, collection: str, points: Sequence[str]) -> None:
        async with self._write() as connection:
            for some in _batches(points):
                await connection.execute(delete(chunks).where(_named(collection, some)))

    async def drop(self, collection: str) -> None:
        async with self._write() as connection:
            await connection.execute(delete(chunks).where(chunks.c.collection == collection))
            await connection.execute(delete(collections).where(collections.c.collection == collection))

    async def chunks(self, collection: str, document_id: str | None, version: int | None) -> list[StoredChunk]:
        rows = await self._rows(select(*_CHUNK).where(_of(collection, document_id, version)))
        return [read_chunk(*row) for row in rows]

    async def collections(self) -> list[str]:
        return [row[0] for row in await self._rows(select(collections.c.collection))]

    async def page(self, collection: str, after: str | None, limit: int) -> Page:
        rows = await self._rows(
            select(chunks.c.point, chunks.c.document_id, chunks.c.version)
            .where(chunks.c.collection == collection, chunks.c.point > (after or ""))
            .order_by(chunks.c.point)
            .limit(limit + 1)
        )
        versions = frozenset((row.document_id, row.version) for row in rows[:limit])
        return Page(versions, rows[limit - 1].point if len(rows) > limit else None)

    async def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        lives: list[tuple[str, int, int, int]] = []
        for some in _batches(document_ids):
            statement = select(chunks.c.document_id, chunks.c.version, chunks.c.born, chunks.c.died)
            these = and_(chunks.c.collection == collection, chunks.c.document_id.in_(some))
            lives += [(row[0], row[1], row[2], row[3]) for row in await self._rows(statement.where(these))]
        return summarize(lives)

    async def ping(self) -> None:
        await self._rows(select(collections.c.collection).limit(1))

    async def close(self) -> None:
        await self._database.close()

    async def _rows(self, statement: Executable) -> Sequence[Any]:
        with _errors_translated():
            await self._prepare()
            async with self._database.read() as connection:
                return (await connection.execute(statement)).all()

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        with _errors_translated():
            await self._prepare()
            async with self._database.write() as connection:
                yield connection

    async def _prepare(self) -> None:
        if not self._ready:
            await self._database.create_tables(catalog)
            self._ready = True


async def _insert(connection: AsyncConnection, table: Any, rows: Iterable[Mapping[str, Any]]) -> None:
    if found := list(rows):  # without rows SQLAlchemy would insert one of defaults
        await connection.execute(insert(table), found)


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[first : first + _AT_ONCE] for first in range(0, len(names), _AT_ONCE))


def _named(collection: str, points: Sequence[str]) -> ColumnElement[bool]:
    return and_(chunks.c.collection == collection, chunks.c.point.in_(points))


def _of(collection: str, document_id: str | None, version: int | None) -> ColumnElement[bool]:
    conditions = [chunks.c.collection == collection]
    if document_id is not None:
        conditions.append(chunks.c.document_id == document_id)
    if version is not None:
        conditions.append(chunks.c.version == version)
    return and_(*conditions)


@contextmanager
def _errors_translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable("the catalog of the vector store does not answer") from error
    except DBAPIError as error:
        raise UpstreamError(f"the catalog of the vector store refused: {error.orig}") from error
