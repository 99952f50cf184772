"""One collection in the embedded engine, on the calling thread; :mod:`ragstone_index.edge` keeps it off the loop."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import qdrant_edge as engine

from ragstone_index.errors import WrongDimension
from ragstone_index.matching import accepted
from ragstone_index.payload import DENSE, INTEGER_FIELDS, KEYWORD_FIELDS, SPARSE, from_payload, point_id, to_payload
from ragstone_index.port import Hit, IndexedChunk, SparseVector, StoredChunk, Vector, Visibility, Where

_UNFINISHED = ".unfinished"
_PAGE = 1000


class EdgeCollection:
    """A shard in ``<folder>/<generation>``; the highest generation counts, the others are leftovers.

    A generation is built under another name and gets its own when it is complete, so a process killed while it
    builds one leaves the former whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generation = generations(folder)[-1]
        for entry in folder.iterdir():
            if entry.name != str(self.generation):
                shutil.rmtree(entry)
        path = folder / str(self.generation)
        self.dimensions: int = json.loads((path / "edge_config.json").read_text())["vectors"][DENSE]["size"]
        self._shard = engine.EdgeShard.load(str(path))

    @classmethod
    def create(cls, folder: Path, dimensions: int) -> "EdgeCollection":
        building = folder / f"1{_UNFINISHED}"
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        shard = engine.EdgeShard.create(str(building), _config(dimensions))
        for field, schema in _field_indexes().items():
            shard.update(engine.UpdateOperation.create_field_index(field, schema))
        shard.close()
        building.rename(folder / "1")
        return cls(folder)

    def upsert(self, chunks: Sequence[IndexedChunk]) -> None:
        for one in chunks:
            self._check(one.dense)
        self._shard.update(engine.UpdateOperation.upsert_points([_point(one) for one in chunks]))

    def dense(self, vector: Vector, visibility: Visibility, limit: int, where: Where | None) -> list[Hit]:
        self._check(vector)
        nearest = engine.Query.Nearest(vector.tolist(), using=DENSE)
        return self._query(
            engine.QueryRequest(limit, query=nearest, filter=_visible(visibility, where), with_payload=True)
        )

    def sparse(self, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None) -> list[Hit]:
        query = engine.SparseVector(list(vector.indices), list(vector.values))
        nearest = engine.Query.Nearest(query, using=SPARSE)
        # Document frequencies of this tenant alone: another's texts must not show in the scores.
        params = engine.SearchParams(idf=engine.IdfParams(engine.Filter(must=[_equals("tenant", visibility.tenant)])))
        return self._query(
            engine.QueryRequest(
                limit, query=nearest, filter=_visible(visibility, where), with_payload=True, params=params
            )
        )

    def _query(self, request: engine.QueryRequest) -> list[Hit]:
        return [Hit(from_payload(point.payload or {}), point.score) for point in self._shard.query(request)]

    def set_life(self, document_id: str, version: int, born: int | None, died: int | None) -> None:
        life = {name: value for name, value in (("born", born), ("died", died)) if value is not None}
        self._shard.update(engine.UpdateOperation.set_payload_by_filter(_of(document_id, version), life))

    def delete(self, document_id: str, version: int | None) -> None:
        self._shard.update(engine.UpdateOperation.delete_points_by_filter(_of(document_id, version)))

    def chunks(self, document_id: str | None, version: int | None) -> list[StoredChunk]:
        found: list[StoredChunk] = []
        offset = None
        while True:
            page = engine.ScrollRequest(
                offset=offset, limit=_PAGE, filter=_of(document_id, version), with_payload=True, with_vector=False
            )
            records, offset = self._shard.scroll(page)
            found += [from_payload(record.payload or {}) for record in records]
            if offset is None:
                return found

    def close(self) -> None:
        self._shard.flush()
        self._shard.close()

    def _check(self, vector: Vector) -> None:
        if len(vector) != self.dimensions:
            raise WrongDimension(f"the collection holds {self.dimensions} dimensions, not {len(vector)}")


def generations(folder: Path) -> list[int]:
    """The complete generations of a collection's folder, ascending; none when there is no such collection."""
    return sorted(int(entry.name) for entry in folder.glob("*") if entry.name.isdigit())


def _config(dimensions: int) -> engine.EdgeConfig:
    return engine.EdgeConfig(
        vectors={DENSE: engine.EdgeVectorParams(dimensions, engine.Distance.Cosine)},
        sparse_vectors={SPARSE: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)},
    )


def _field_indexes() -> dict[str, engine.KeywordIndexParams | engine.IntegerIndexParams]:
    keyword = engine.KeywordIndexParams(enable_hnsw=False)
    integer = engine.IntegerIndexParams(lookup=True, range=True, enable_hnsw=False)
    return {**dict.fromkeys(KEYWORD_FIELDS, keyword), **dict.fromkeys(INTEGER_FIELDS, integer)}


def _point(one: IndexedChunk) -> engine.Point:
    sparse = engine.SparseVector(list(one.sparse.indices), list(one.sparse.values))
    return engine.Point(
        point_id(one.chunk.chunk_id), {DENSE: one.dense.tolist(), SPARSE: sparse}, to_payload(one.chunk)
    )


def _equals(field: str, value: str | int) -> engine.FieldCondition:
    return engine.FieldCondition(field, match=engine.MatchValue(value))


def _visible(visibility: Visibility, where: Where | None) -> engine.Filter:
    return engine.Filter(
        must=[
            _equals("tenant", visibility.tenant),
            engine.FieldCondition("acl", match=engine.MatchAny(list(visibility.principals))),
            engine.FieldCondition("born", range=engine.RangeFloat(lte=visibility.sequence)),
            engine.FieldCondition("died", range=engine.RangeFloat(gt=visibility.sequence)),
            *(engine.FieldCondition("facets", match=engine.MatchAny(values)) for values in accepted(where)),
        ]
    )


def _of(document_id: str | None, version: int | None) -> engine.Filter:
    wanted = (("document_id", document_id), ("version", version))
    return engine.Filter(must=[_equals(field, value) for field, value in wanted if value is not None])
