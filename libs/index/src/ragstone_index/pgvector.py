"""Postgres with pgvector as a VectorIndex: vectors beside the tables, with one backup for both. Needs ``cluster``."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_contracts.errors import Unavailable, UpstreamError
from ragstone_index import pgvector_tables as sql
from ragstone_index.errors import WrongDimension
from ragstone_index.filters import Where
from ragstone_index.payload import LOOKUPS, from_payload, to_payload
from ragstone_index.pgvector_filters import visible
from ragstone_index.port import (
    HeldVersion,
    Hit,
    HybridHits,
    IndexedChunk,
    Page,
    SparseVector,
    StoredChunk,
    Vector,
    Visibility,
    summarize,
)
from ragstone_kit.database import Database

_APART = ("tenant", "acl", "document_id", "version", "born", "died", "facets")
_JSON = ("measures", "texts")
"""Fields of the payload that stand in columns of their own."""


class PgvectorIndex:
    """Every collection in the same tables. ``url`` is a Postgres URL; the extension is made where it is missing.

    Dense search walks an HNSW graph and, when the filter leaves too few of what it finds, walks on until there are
    enough; in small collections the planner compares every vector.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(_with_driver(url))
        self._ready = False

    async def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        if not chunks:
            return
        async with self._write() as connection:
            dimensions = await _dimensions(connection, collection) or await _create(
                connection, collection, len(chunks[0].dense)
            )
            for one in chunks:
                _check(one.dense, dimensions)
            rows = [_row(collection, one) for one in {one.chunk.chunk_id: one for one in chunks}.values()]
            ids = {"collection": collection, "ids": [row["chunk_id"] for row in rows]}
            await _run(
                connection, "DELETE FROM index_terms WHERE collection = %(collection)s AND chunk_id = ANY(%(ids)s)", ids
            )
            await connection.exec_driver_sql(sql.UPSERT_CHUNK, rows)
            await connection.exec_driver_sql(sql.INSERT_TERMS, rows)

    async def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        async with self._read() as connection:
            return await _nearest(connection, collection, vector, _Asked(visibility, limit, where))

    async def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[Hit]:
        async with self._read() as connection:
            return await _best(connection, collection, vector, _Asked(visibility, limit, where))

    async def hybrid(
        self,
        collection: str,
        vectors: tuple[Vector, SparseVector],
        visibility: Visibility,
        limit: int,
        where: Where | None = None,
    ) -> HybridHits:
        dense, sparse = vectors
        asked = _Asked(visibility, limit, where)
        async with self._read() as connection:
            await connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return HybridHits(
                await _nearest(connection, collection, dense, asked),
                await _best(connection, collection, sparse, asked),
            )

    async def find(
        self, collection: str, visibility: Visibility, limit: int, where: Where | None = None
    ) -> list[StoredChunk]:
        seen, values = visible(collection, visibility, where)
        async with self._read() as connection:
            rows = await _run(connection, sql.FIND.format(visible=seen), values | {"limit": limit})
            return [_chunk(*row) for row in rows]

    async def count(self, collection: str, visibility: Visibility, where: Where | None = None) -> int:
        seen, values = visible(collection, visibility, where)
        async with self._read() as connection:
            return int((await _run(connection, sql.COUNT.format(visible=seen), values)).scalar())

    async def set_acl(self, collection: str, document_id: str, acl: Sequence[str]) -> None:
        statement = (
            "UPDATE index_chunks SET acl = %(acl)s WHERE collection = %(collection)s AND document_id = %(document_id)s"
        )
        values = {"collection": collection, "document_id": document_id, "acl": list(acl)}
        async with self._write() as connection:
            await _run(connection, statement, values)

    async def set_life(
        self, collection: str, document_id: str, version: int, *, born: int | None = None, died: int | None = None
    ) -> None:
        statement = (
            "UPDATE index_chunks SET born = coalesce(%(born)s, born), died = coalesce(%(died)s, died) "
            "WHERE collection = %(collection)s AND document_id = %(document_id)s AND version = %(version)s"
        )
        values = {"collection": collection, "document_id": document_id, "version": version, "born": born, "died": died}
        async with self._write() as connection:
            await _run(connection, statement, values)

    async def delete(self, collection: str, document_id: str, version: int | None = None) -> None:
        async with self._write() as connection:
            await _run(connection, sql.DELETE, _of(collection, document_id, version))

    async def chunks(
        self, collection: str, document_id: str | None = None, version: int | None = None
    ) -> list[StoredChunk]:
        async with self._read() as connection:
            rows = await _run(connection, sql.CHUNKS, _of(collection, document_id, version))
            return [_chunk(*row) for row in rows]

    async def drop(self, collection: str) -> None:
        async with self._write() as connection:
            for statement in sql.DROP:
                await _run(connection, statement, {"collection": collection})

    async def collections(self) -> list[str]:
        async with self._read() as connection:
            return [row[0] for row in await _run(connection, "SELECT collection FROM index_collections", {})]

    async def page(self, collection: str, after: str | None = None, limit: int = 1000) -> Page:
        statement = (
            "SELECT chunk_id, document_id, version FROM index_chunks WHERE collection = %(collection)s "
            "AND chunk_id > %(after)s ORDER BY chunk_id LIMIT %(limit)s"
        )
        values = {"collection": collection, "after": after or "", "limit": limit + 1}
        async with self._read() as connection:
            rows = (await _run(connection, statement, values)).all()
        versions = frozenset((row.document_id, row.version) for row in rows[:limit])
        return Page(versions, rows[limit - 1].chunk_id if len(rows) > limit else None)

    async def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        statement = (
            "SELECT document_id, version, born, died FROM index_chunks "
            "WHERE collection = %(collection)s AND document_id = ANY(%(documents)s)"
        )
        values = {"collection": collection, "documents": list(document_ids)}
        async with self._read() as connection:
            return summarize((row[0], row[1], row[2], row[3]) for row in await _run(connection, statement, values))

    async def ping(self) -> None:
        async with self._read():
            await self._database.ping()

    async def close(self) -> None:
        await self._database.close()

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[AsyncConnection]:
        with _errors_translated():
            await self._prepare()
            async with self._database.read() as connection:
                yield connection

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[AsyncConnection]:
        with _errors_translated():
            await self._prepare()
            async with self._database.write() as connection:
                yield connection

    async def _prepare(self) -> None:
        """Make what is missing, once a process; safe when several start at once."""
        if self._ready:
            return
        async with self._database.write() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({sql.SCHEMA_LOCK})")
            await connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
            for statement in filter(str.strip, sql.TABLES.split(";")):
                await connection.exec_driver_sql(statement)
        self._ready = True


def _with_driver(url: str) -> str:
    """SQLAlchemy's form of a Postgres URL."""
    return "postgresql+psycopg://" + url.partition("://")[2]


async def _run(connection: AsyncConnection, statement: str, values: dict[str, Any]) -> Any:
    return await connection.exec_driver_sql(statement, values)


async def _dimensions(connection: AsyncConnection, collection: str) -> int | None:
    statement = "SELECT dimensions FROM index_collections WHERE collection = %(collection)s"
    dimensions: int | None = (await _run(connection, statement, {"collection": collection})).scalar()
    return dimensions


async def _create(connection: AsyncConnection, collection: str, dimensions: int) -> int:
    """The collection's dimensions: another process may have been faster."""
    if dimensions <= sql.LONGEST_INDEXED:
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({sql.SCHEMA_LOCK})")
        await connection.exec_driver_sql(sql.GRAPH.format(dimensions=dimensions))
    insert = "INSERT INTO index_collections VALUES (%(collection)s, %(dimensions)s) ON CONFLICT DO NOTHING"
    await _run(connection, insert, {"collection": collection, "dimensions": dimensions})
    return await _dimensions(connection, collection) or dimensions


@dataclass(frozen=True)
class _Asked:
    visibility: Visibility
    limit: int
    where: Where | None


async def _nearest(connection: AsyncConnection, collection: str, vector: Vector, asked: _Asked) -> list[Hit]:
    dimensions = await _dimensions(connection, collection)
    if dimensions is None:
        return []
    _check(vector, dimensions)
    seen, values = visible(collection, asked.visibility, asked.where)
    query = sql.DENSE.format(dimensions=dimensions, visible=seen)
    await connection.exec_driver_sql("SET LOCAL hnsw.iterative_scan = strict_order")
    return await _hits(connection, query, values | {"vector": _literal(vector), "limit": asked.limit})


async def _best(connection: AsyncConnection, collection: str, vector: SparseVector, asked: _Asked) -> list[Hit]:
    if not vector.indices:
        return []
    seen, values = visible(collection, asked.visibility, asked.where)
    terms = {"terms": list(vector.indices), "weights": list(vector.values), "limit": asked.limit}
    return await _hits(connection, sql.SPARSE.format(visible=seen), values | terms)


async def _hits(connection: AsyncConnection, query: str, values: dict[str, Any]) -> list[Hit]:
    rows = await _run(connection, query, values)
    return [Hit(_chunk(*chunk), float(score)) for *chunk, score in rows]


def _row(collection: str, one: IndexedChunk) -> dict[str, Any]:
    payload = to_payload(one.chunk)
    apart = {name: payload[name] for name in _APART}
    return {
        **apart,
        "collection": collection,
        "chunk_id": one.chunk.chunk_id,
        "dimensions": len(one.dense),
        "dense": _literal(one.dense),
        **{name: json.dumps(payload[name]) for name in _JSON},
        "payload": json.dumps({name: value for name, value in payload.items() if name not in LOOKUPS}).encode(),
        "terms": list(one.sparse.indices),
        "weights": list(one.sparse.values),
    }


def _chunk(payload: bytes, acl: list[str], born: int, died: int) -> StoredChunk:
    return from_payload(json.loads(payload) | {"acl": acl, "born": born, "died": died})


def _literal(vector: Vector) -> str:
    return f"[{','.join(map(repr, vector.tolist()))}]"


def _of(collection: str, document_id: str | None, version: int | None) -> dict[str, Any]:
    return {"collection": collection, "document_id": document_id, "version": version}


def _check(vector: Vector, dimensions: int) -> None:
    if len(vector) != dimensions:
        raise WrongDimension(f"the collection holds {dimensions} dimensions, not {len(vector)}")


@contextmanager
def _errors_translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable("Postgres does not answer") from error
    except DBAPIError as error:
        raise UpstreamError(f"Postgres refused: {error.orig}") from error


def open_pgvector(url: str, _: str | None) -> PgvectorIndex:
    """For ``postgresql://...``."""
    return PgvectorIndex(url)
