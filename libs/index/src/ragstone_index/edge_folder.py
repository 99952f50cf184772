"""The folder of the embedded engine: one collection a subfolder, one process at a time."""

import fcntl
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote

from ragstone_index.edge_collection import EdgeCollection, Upkeep, generations
from ragstone_index.errors import IndexInUse
from ragstone_index.filters import Where
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
)

_LOCK_SECONDS = 3.0
_COLLECTION, _DROPPED = "c-", "dropped-"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. Raises IndexInUse when another one keeps it.

    Waits a moment first: the engine of a killed process is still closing its files when the next one starts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + _LOCK_SECONDS
    with (folder / "lock").open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise IndexInUse(f"another process has {folder} open") from error
                time.sleep(0.05)
        yield


class EdgeFolder:
    """The methods of :class:`~ragstone_index.port.VectorIndex`, synchronous. The caller holds the lock."""

    def __init__(self, folder: Path, upkeep: Upkeep) -> None:
        self._folder = folder
        self._upkeep = upkeep
        self._collections: dict[str, EdgeCollection] = {}
        for leftover in folder.glob(f"{_DROPPED}*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def upsert(self, collection: str, chunks: Sequence[IndexedChunk]) -> None:
        if not chunks:
            return
        if (found := self._find(collection)) is None:
            found = EdgeCollection.create(self._path(collection), len(chunks[0].dense), self._upkeep)
            self._collections[collection] = found
        found.upsert(chunks)

    def dense(
        self, collection: str, vector: Vector, visibility: Visibility, limit: int, where: Where | None
    ) -> list[Hit]:
        found = self._find(collection)
        return [] if found is None else found.dense(vector, visibility, limit, where)

    def sparse(
        self, collection: str, vector: SparseVector, visibility: Visibility, limit: int, where: Where | None
    ) -> list[Hit]:
        found = self._find(collection)
        return [] if found is None else found.sparse(vector, visibility, limit, where)

    def hybrid(
        self,
        collection: str,
        vectors: tuple[Vector, SparseVector],
        visibility: Visibility,
        limit: int,
        where: Where | None,
    ) -> HybridHits:
        found = self._find(collection)
        return HybridHits([], []) if found is None else found.hybrid(vectors, visibility, limit, where)

    def find(self, collection: str, visibility: Visibility, limit: int, where: Where | None) -> list[StoredChunk]:
        found = self._find(collection)
        return [] if found is None else found.find(visibility, limit, where)

    def count(self, collection: str, visibility: Visibility, where: Where | None) -> int:
        found = self._find(collection)
        return 0 if found is None else found.count(visibility, where)

    def set_acl(self, collection: str, document_id: str, acl: list[str]) -> None:
        if found := self._find(collection):
            found.set_acl(document_id, acl)

    def set_life(self, collection: str, document_id: str, version: int, born: int | None, died: int | None) -> None:
        if found := self._find(collection):
            found.set_life(document_id, version, born, died)

    def delete(self, collection: str, document_id: str, version: int | None) -> None:
        if found := self._find(collection):
            found.delete(document_id, version)

    def chunks(self, collection: str, document_id: str | None, version: int | None) -> list[StoredChunk]:
        found = self._find(collection)
        return [] if found is None else found.chunks(document_id, version)

    def drop(self, collection: str) -> None:
        """Broken off in the middle, it leaves a folder of another name, which the next opening removes."""
        if found := self._collections.pop(collection, None):
            found.close()
        if (path := self._path(collection)).exists():
            dropped = path.rename(self._folder / f"{_DROPPED}{uuid.uuid4().hex}")
            shutil.rmtree(dropped)

    def collections(self) -> list[str]:
        return [unquote(path.name.removeprefix(_COLLECTION)) for path in self._folder.glob(f"{_COLLECTION}*")]

    def page(self, collection: str, after: str | None, limit: int) -> Page:
        found = self._find(collection)
        return Page() if found is None else found.page(after, limit)

    def held(self, collection: str, document_ids: Sequence[str]) -> list[HeldVersion]:
        found = self._find(collection)
        return [] if found is None else found.held(document_ids)

    def ping(self) -> None:
        """The folder is open."""

    def maintain(self) -> None:
        for found in self._collections.values():
            found.maintain()

    def close(self) -> None:
        for found in self._collections.values():
            found.close()
        self._collections.clear()

    def _path(self, collection: str) -> Path:
        return self._folder / f"{_COLLECTION}{quote(collection, safe='')}"

    def _find(self, collection: str) -> EdgeCollection | None:
        """The collection, opened if it is not yet; None when it was never written."""
        if collection not in self._collections:
            if not generations(self._path(collection)):
                return None
            self._collections[collection] = EdgeCollection(self._path(collection), self._upkeep)
        return self._collections[collection]
