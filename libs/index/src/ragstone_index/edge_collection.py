"""One collection in the embedded engine, on the calling thread; :mod:`ragstone_index.edge` keeps it off the loop."""

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import qdrant_edge as engine

from ragstone_index.edge_filters import equals, of_document, visible
from ragstone_index.edge_rebuild import UNFINISHED, Rebuild
from ragstone_index.errors import WrongDimension
from ragstone_index.filters import Where
from ragstone_index.payload import (
    DENSE,
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    LIFE_FIELDS,
    SPARSE,
    from_payload,
    life_of,
    point_id,
    to_payload,
)
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

_PAGE = 1000
_WALK = engine.SearchParams(hnsw_ef=64, acorn=engine.AcornSearchParams(enable=True, max_selectivity=0.7))
"""How the graph is walked: past neighbours that the filter hides, to theirs, when it leaves less than that share.

Without, recall@10 at 100,000 chunks of real texts was .55 where a reader sees 23 of 100, and .65 with ``hnsw_ef`` 512;
so it is .98, for 0.8 ms more. Where the filter leaves nearly all, nothing is to be gained by it.
"""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upkeep:
    """When a collection is looked after, in chunks.

    Below ``exact_below`` every vector is compared: 2.7 ms a query at 10,000 chunks, where a graph takes 1.1; 35 against
    1.5 at 100,000. After ``flush_after`` the log is emptied, so that opening replays little of it.
    """

    exact_below: int = 10_000
    flush_after: int = 5_000


class EdgeCollection:
    """A shard in ``<folder>/<generation>``; the highest generation counts, whatever else lies there is a leftover.

    A generation is made under another name and gets its own when it is complete, so a process killed while it makes one
    leaves the former whole.
    """

    def __init__(self, folder: Path, upkeep: Upkeep) -> None:
        self.folder = folder
        self._upkeep = upkeep
        self._rebuild: Rebuild | None = None
        self._may_rebuild = True
        self._open()

    def _open(self) -> None:
        self._path = self.folder / str(generations(self.folder)[-1])
        for leftover in self.folder.iterdir():
            if leftover != self._path:
                shutil.rmtree(leftover, ignore_errors=True)
        self.dimensions: int = json.loads((self._path / "edge_config.json").read_text())["vectors"][DENSE]["size"]
        self._shard = engine.EdgeShard.load(str(self._path))
        self._unflushed = self._changed = 0

    @classmethod
    def create(cls, folder: Path, dimensions: int, upkeep: Upkeep) -> "EdgeCollection":
        folder.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=f"1{UNFINISHED}", dir=folder))
        shard = engine.EdgeShard.create(str(path), _config(dimensions))
        for field, schema in _field_indexes().items():
            shard.update(engine.UpdateOperation.create_field_index(field, schema))
        shard.close()
        path.rename(folder / "1")
        return cls(folder, upkeep)

    def upsert(self, chunks: Sequence[IndexedChunk]) -> None:
        for one in chunks:
            self._check(one.dense)
        self._write(engine.UpdateOperation.upsert_points([_point(one) for one in chunks]), len(chunks))

    def dense(self, vector: Vector, visibility: Visibility, limit: int, where: Where | None) -> list[Hit]:
        return self._hits(self._nearest(vector, visibility, limit, where))[0]

    def sparse(self, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None) -> list[Hit]:
        return self._hits(self._scored(vector, visibility, limit, where))[0]

    def hybrid(
        self, vectors: tuple[Vector, SparseVector], visibility: Visibility, limit: int, where: Where | None
    ) -> HybridHits:
        dense, sparse = vectors
        legs = self._nearest(dense, visibility, limit, where), self._scored(sparse, visibility, limit, where)
        return HybridHits(*self._hits(*legs))

    def _nearest(
        self, vector: Vector, visibility: Visibility, limit: int, where: Where | None
    ) -> list[engine.ScoredPoint]:
        self._check(vector)
        nearest, seen = engine.Query.Nearest(vector.tolist(), using=DENSE), visible(visibility, where)
        return self._shard.query(engine.QueryRequest(limit, query=nearest, filter=seen, params=_WALK))

    def _scored(
        self, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None
    ) -> list[engine.ScoredPoint]:
        query = engine.SparseVector(list(vector.indices), list(vector.values))
        nearest, seen = engine.Query.Nearest(query, using=SPARSE), visible(visibility, where)
        # Document frequencies of this tenant alone: another's texts must not show in the scores.
        params = engine.SearchParams(idf=engine.IdfParams(engine.Filter(must=[equals("tenant", visibility.tenant)])))
        return self._shard.query(engine.QueryRequest(limit, query=nearest, filter=seen, params=params))

    def _hits(self, *legs: list[engine.ScoredPoint]) -> list[list[Hit]]:
        """Chunks are read once for all legs: with the points they would be read leg by leg, and at thrice the cost."""
        ids = list({point.id: None for leg in legs for point in leg})
        records = self._shard.retrieve(ids, with_payload=True, with_vector=False)
        chunks = {record.id: from_payload(record.payload or {}) for record in records}
        return [[Hit(chunks[point.id], point.score) for point in leg] for leg in legs]

    def set_life(self, document_id: str, version: int, born: int | None, died: int | None) -> None:
        life = {name: value for name, value in (("born", born), ("died", died)) if value is not None}
        if life:
            self._write(engine.UpdateOperation.set_payload_by_filter(of_document(document_id, version), life))

    def delete(self, document_id: str, version: int | None) -> None:
        self._write(engine.UpdateOperation.delete_points_by_filter(of_document(document_id, version)))

    def find(self, visibility: Visibility, limit: int, where: Where | None) -> list[StoredChunk]:
        records, _ = self._shard.scroll(
            engine.ScrollRequest(limit=limit, filter=visible(visibility, where), with_payload=True, with_vector=False)
        )
        return [from_payload(record.payload or {}) for record in records]

    def count(self, visibility: Visibility, where: Where | None) -> int:
        return int(self._shard.count(engine.CountRequest(exact=True, filter=visible(visibility, where))))

    def set_acl(self, document_id: str, acl: list[str]) -> None:
        self._write(engine.UpdateOperation.set_payload_by_filter(of_document(document_id, None), {"acl": acl}))

    def chunks(self, document_id: str | None, version: int | None) -> list[StoredChunk]:
        found: list[StoredChunk] = []
        offset = None
        while True:
            page = engine.ScrollRequest(
                offset=offset,
                limit=_PAGE,
                filter=of_document(document_id, version),
                with_payload=True,
                with_vector=False,
            )
            records, offset = self._shard.scroll(page)
            found += [from_payload(record.payload or {}) for record in records]
            if offset is None:
                return found

    def page(self, after: str | None, limit: int) -> Page:
        fields = engine.PayloadSelector.Include(["document_id", "version"])
        records, offset = self._shard.scroll(
            engine.ScrollRequest(offset=after, limit=limit, with_payload=fields, with_vector=False)
        )
        payloads = [record.payload or {} for record in records]
        versions = frozenset((payload["document_id"], payload["version"]) for payload in payloads)
        return Page(versions, None if offset is None else str(offset))

    def held(self, document_ids: Sequence[str]) -> list[HeldVersion]:
        these = engine.Filter(must=[engine.FieldCondition("document_id", match=engine.MatchAny(list(document_ids)))])
        fields = engine.PayloadSelector.Include(list(LIFE_FIELDS))
        lives: list[tuple[str, int, int, int]] = []
        offset = None
        while True:
            records, offset = self._shard.scroll(
                engine.ScrollRequest(offset=offset, limit=_PAGE, filter=these, with_payload=fields, with_vector=False)
            )
            lives += [life_of(record.payload or {}) for record in records]
            if offset is None:
                return summarize(lives)

    def _write(self, operation: engine.UpdateOperation, size: int = 1) -> None:
        self._shard.update(operation)
        for log in (self._path / "wal").iterdir():  # the engine maps its log and leaves writing it out to chance
            _sync(log)
        if self._rebuild:
            self._rebuild.journal.append(operation)
        self._unflushed += size
        self._changed += size
        if self._unflushed >= self._upkeep.flush_after:
            self._flush()

    def _flush(self) -> None:
        self._shard.flush()
        self._unflushed = 0

    def maintain(self) -> None:
        """Begin a rebuild when enough has changed, take up one that has ended. Stands still for a second at most.

        A rebuild that fails (a full disk, say) is not tried again before the collection is next opened.
        """
        try:
            self._advance_rebuild()
        except Exception as error:  # noqa: BLE001  the engine raises nothing narrower; without a graph it is only slow
            _log.error("the vector graph of %s could not be rebuilt", self.folder, exc_info=error)
            self._may_rebuild = False

    def _advance_rebuild(self) -> None:
        if self._rebuild is None:
            if self._may_rebuild and self._is_behind():
                self._flush()
                self._rebuild, self._changed = Rebuild(self._path), 0
        elif not self._rebuild.running:
            rebuild, self._rebuild = self._rebuild, None
            rebuild.finish()
            self._shard.close()
            self._open()

    def _is_behind(self) -> bool:
        """True when many vectors are in no graph, or many changes have left their dead behind."""
        info = self._shard.info()
        # Each chunk has two vectors; the sparse one is always indexed, the dense one in rebuilt segments only.
        outside = 2 * info.points_count - info.indexed_vectors_count
        return max(outside, self._changed) >= max(self._upkeep.exact_below, info.points_count // 5)

    def close(self) -> None:
        if self._rebuild:
            self._rebuild.abandon()
        self._shard.flush()
        self._shard.close()

    def _check(self, vector: Vector) -> None:
        if len(vector) != self.dimensions:
            raise WrongDimension(f"the collection holds {self.dimensions} dimensions, not {len(vector)}")


def generations(folder: Path) -> list[int]:
    """The complete generations of a collection's folder, ascending; none when there is no such collection."""
    return sorted(int(entry.name) for entry in folder.glob("*") if entry.name.isdigit())


def _sync(file: Path) -> None:
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:  # the engine prepares the next part of its log under a name that it gives up
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
