"""The metadata fields of a collection, over the documents its caller may see and no others."""

import asyncio
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, cast, select

from ragstone_contracts.errors import NotFound
from ragstone_contracts.fields import CollectionFields, Field, FieldValue, Kind
from ragstone_contracts.identity import Identity
from ragstone_index import Scalar, StoredChunk
from ragstone_index.filters import kind_of
from ragstone_index.matching import fields_of
from ragstone_ingestion.tables import collections, documents, versions
from ragstone_ingestion.visibility import visible
from ragstone_kit.database import Database

_OWN_TO_EACH: Mapping[str, Kind] = {"document_id": "text", "position": "number"}
"""Fields that every document or chunk has another value of: nobody is helped by a list of them."""
_PER_CHUNK = ("section", "page")
_MOST_OF_VERSION = 200
_LONGEST_VALUE = 200

Held = Mapping[str, Sequence[Scalar]]
"""Field -> the distinct values that the chunks of one version have."""


def filterable(chunks: Sequence[StoredChunk]) -> dict[str, list[Scalar]]:
    """What a version keeps of its chunks' metadata, see :data:`Held`; at most 200 values of a field."""
    found = {name: _distinct(held) for name, held in fields_of(chunks[0]).items() if name not in _OWN_TO_EACH}
    for name in _PER_CHUNK:
        values = _distinct(value for chunk in chunks for value in _listed(chunk.metadata.get(name)))
        found |= {name: values} if values else {}
    return {name: held for name, held in found.items() if held}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _distinct(values: Iterable[Any]) -> list[Scalar]:
    """Those that a table can keep, each once: no number that is none, no text with a NUL."""
    known = {_key(value): value for value in values if isinstance(value, Scalar) and _is_plain(value)}
    return list(known.values())[:_MOST_OF_VERSION]


def _is_plain(value: Scalar) -> bool:
    return "\x00" not in value if isinstance(value, str) else math.isfinite(value)


def _key(value: Scalar) -> tuple[bool, Scalar]:
    """``True`` is not ``1``; ``1`` is ``1.0``."""
    return isinstance(value, bool), value


@dataclass
class _Tally:
    """One field over the documents counted so far."""

    documents: int = 0
    counts: Counter[tuple[bool, Scalar]] = field(default_factory=Counter)

    def add(self, values: Sequence[Scalar]) -> None:
        self.documents += 1
        for value in values:
            self.counts[value is True or value is False, value] += 1

    def field(self, name: str, values: int) -> Field:
        listed = {key: count for key, count in self.counts.items() if len(str(key[1])) <= _LONGEST_VALUE}
        ranked = nsmallest(values, listed.items(), key=lambda one: (-one[1], str(one[0][1])))
        return Field(
            name=name,
            kinds=sorted({kind_of_value(value) for _, value in self.counts}),
            documents=self.documents,
            values=[FieldValue(value=key[1], documents=count) for key, count in ranked],
            more=len(ranked) < len(self.counts),
        )


def kind_of_value(value: Scalar) -> Kind:
    if isinstance(value, bool):
        return "truth"
    return "number" if not isinstance(value, str) else "date" if kind_of(value) else "text"


class FieldStore:
    """What the chunks of documents that answer can be filtered by."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_collection(self, identity: Identity, name_or_id: str, values: int) -> CollectionFields:
        """Counts what the caller may see, with so many values of each field.

        A collection they may not see raises NotFound, as an unknown one does.
        """
        asked = (collections.c.id == name_or_id) | (collections.c.name == name_or_id)
        async with self._database.read() as connection:
            found = select(collections.c.id, collections.c.sequence).where(asked, self._visible(collections, identity))
            known = (await connection.execute(found)).all()
            if not known:
                raise NotFound(f"there is no collection {name_or_id!r}")
            collection = max(known, key=lambda row: row.id == name_or_id)
            answering = self._answering(collection.id).where(self._visible(documents, identity))
            rows = (await connection.execute(answering)).all()
        return CollectionFields(
            collection_id=collection.id,
            sequence=collection.sequence,
            documents=len(rows),
            complete=all(row.held is not None for row in rows),
            fields=await asyncio.to_thread(_counted, rows, values),
        )

    def _visible(self, table: Any, identity: Identity) -> ColumnElement[bool]:
        return visible(table, identity, is_sqlite=self._database.is_sqlite)

    def _answering(self, collection_id: str) -> Select[Any]:
        shown = documents.join(
            versions, (versions.c.document_id == documents.c.id) & (versions.c.version == documents.c.active_version)
        )
        # As text: what many documents hold is read beside the event loop.
        columns = [
            cast(column, Text).label(name)
            for name, column in (
                ("held", versions.c.fields),
                ("provenance", versions.c.provenance),
                ("given", documents.c.metadata),
            )
        ]
        wanted = select(documents.c.title, documents.c.filename, *columns).select_from(shown)
        return wanted.where(documents.c.collection_id == collection_id)


def _counted(rows: Sequence[Row[Any]], values: int) -> list[Field]:
    tallies: dict[str, _Tally] = {}
    for row in rows:
        for name, held in _held(row).items():
            tallies.setdefault(name, _Tally()).add(held)
    fields = {name: tally.field(name, values) for name, tally in tallies.items()}
    own = {name: Field(name=name, kinds=[kind], documents=len(rows), more=True) for name, kind in _OWN_TO_EACH.items()}
    return [one for _, one in sorted(((own if rows else {}) | fields).items())]


def _held(row: Row[Any]) -> Held:
    """What the version kept, or for one of an older release what is known of it besides."""
    kept: Held | None = json.loads(row.held or "null")
    if kept is not None:
        return kept
    stated = json.loads(row.provenance or "null") or {}
    inferred = {name: one["value"] for name, one in stated.items() if not one.get("candidate")}
    metadata = inferred | {"filename": row.filename} | json.loads(row.given)
    return filterable([StoredChunk("", "", [], "", 1, row.title, 0, 0, "", metadata=metadata)])
