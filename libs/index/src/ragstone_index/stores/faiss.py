"""FAISS in memory, filled from the catalog of a local folder. Needs the extra ``faiss``."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import faiss
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import VectorStoreQuery
from llama_index.vector_stores.faiss import FaissVectorStore

from ragstone_index.catalog import Catalog, Kept
from ragstone_index.filters import Where
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.port import Vector, Visibility
from ragstone_index.stores.base import folder_catalog

_DEAD_TO_REPACK = 1000


class FaissStore:
    """Every vector compared, by inner product. It cannot filter: what it finds is filtered afterwards, until enough.

    Vectors are only ever appended; a replaced or removed one stays, without a name, until half of them are such.
    """

    durable = False
    most = 2**31 - 1

    def __init__(self, _: str, dimensions: int) -> None:
        self._dimensions = dimensions
        self._turn = Lock()
        self.drop()

    def write(self, kept: Sequence[Kept]) -> None:
        with self._turn:
            self._forget([point for point, _, _ in kept])
            self._append([(point, vector) for point, _, vector in kept])
            self._repack()

    def remove(self, points: Sequence[str]) -> None:
        with self._turn:
            self._forget(points)
            self._repack()

    def search(self, vector: Vector, limit: int, _: Visibility, __: Where | None) -> list[str]:
        with self._turn:
            dead = len(self._names) - len(self._places)
            asked = min(limit + dead, len(self._names))
            if not asked:
                return []
            query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=asked)
            places = self._store.query(query).ids or []
            return [name for place in places if (name := self._names[int(place)])][:limit]

    def drop(self) -> None:
        self._store = FaissVectorStore(faiss.IndexFlatIP(self._dimensions))
        self._names: list[str | None] = []
        self._places: dict[str, int] = {}

    def close(self) -> None:
        """Nothing is held but memory."""

    def _append(self, vectors: Sequence[tuple[str, Vector]]) -> None:
        self._store.add([TextNode(id_=point, embedding=vector.tolist()) for point, vector in vectors])
        for point, _ in vectors:
            self._places[point] = len(self._names)
            self._names.append(point)

    def _forget(self, points: Sequence[str]) -> None:
        for point in points:
            if (place := self._places.pop(point, None)) is not None:
                self._names[place] = None

    def _repack(self) -> None:
        """Leave the nameless out, once they are as many as the named."""
        if len(self._names) - len(self._places) < max(_DEAD_TO_REPACK, len(self._places)):
            return
        index = self._store.client
        held = [(point, index.reconstruct(place)) for point, place in self._places.items()]
        self.drop()
        self._append(held)


def open_faiss(url: str, _: str | None) -> LlamaIndexStore:
    """For ``faiss:FOLDER``; one process at a time, which reads every vector of a collection on its first use."""
    return LlamaIndexStore(FaissStore, Catalog(folder_catalog(Path(url.removeprefix("faiss:")))))
