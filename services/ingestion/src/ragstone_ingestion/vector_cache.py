"""Vectors that were computed once: a new version embeds only what changed, a retry only what is missing."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from ragstone_index.port import Vector
from ragstone_ingestion.steps import Steps
from ragstone_ingestion.tables import vectors
from ragstone_kit.database import Database

_QUERY_SIZE = 500


@dataclass(frozen=True)
class Kept:
    """The texts of a document version and their vectors."""

    document_id: str
    texts: Sequence[str]
    vectors: Sequence[Vector]
    version: int = 1


def text_key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class VectorCache:
    """Vectors by the text they embed, kept with each document so that they go when it goes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def known(self, steps: Steps, model: str, keys: Sequence[str]) -> dict[str, Vector]:
        """The vectors there are for these texts; the next write marks them as used by the version."""
        found: dict[str, Vector] = {}
        document_id, version = steps.lease.document_id, steps.lease.version
        of_document = (vectors.c.document_id == document_id) & (vectors.c.model == model)
        async with self.database.read() as connection:
            for start in range(0, len(keys), _QUERY_SIZE):
                these = of_document & vectors.c.text_sha256.in_(keys[start : start + _QUERY_SIZE])
                rows = (await connection.execute(select(vectors).where(these))).all()
                found |= {row.text_sha256: np.frombuffer(row.vector, dtype="<f4") for row in rows}
                if any(row.version < version for row in rows):
                    steps.later(update(vectors).where(these, vectors.c.version < version).values(version=version))
        return found

    async def of_documents(self, model: str, document_ids: Collection[str]) -> dict[str, Vector]:
        """Every vector there is of the documents' texts, by the text's key."""
        found: dict[str, Vector] = {}
        ids = list(document_ids)
        async with self.database.read() as connection:
            for start in range(0, len(ids), _QUERY_SIZE):
                these = (vectors.c.model == model) & vectors.c.document_id.in_(ids[start : start + _QUERY_SIZE])
                rows = await connection.execute(select(vectors.c.text_sha256, vectors.c.vector).where(these))
                found |= {row.text_sha256: np.frombuffer(row.vector, dtype="<f4") for row in rows}
        return found

    async def remember(
        self, connection: AsyncConnection, document_id: str, version: int, model: str, new: Mapping[str, Vector]
    ) -> None:
        await self._insert(connection, [_row(document_id, version, model, *pair) for pair in new.items()])

    async def remember_all(self, connection: AsyncConnection, model: str, kept: Sequence[Kept]) -> None:
        """Remember the vectors of many versions."""
        rows = [
            _row(one.document_id, one.version, model, text_key(text), vector)
            for one in kept
            for text, vector in zip(one.texts, one.vectors, strict=True)
        ]
        await self._insert(connection, rows)

    async def _insert(self, connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
        dialect = sqlite if self.database.is_sqlite else postgresql
        if rows:
            await connection.execute(dialect.insert(vectors).on_conflict_do_nothing(), rows)


def _row(document_id: str, version: int, model: str, key: str, vector: Vector) -> dict[str, Any]:
    return {
        "document_id": document_id,
        "version": version,
        "model": model,
        "text_sha256": key,
        "vector": vector.astype("<f4").tobytes(),
    }
