"""What is asked of a vector store, and the way most of them do it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Protocol
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_URL, uuid5

from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import BasePydanticVectorStore, VectorStoreQuery

from ragstone_contracts.errors import InvalidRequest
from ragstone_index.catalog import Kept
from ragstone_index.filters import Where
from ragstone_index.port import Vector, Visibility
from ragstone_index.stores.language import Dialect


class Store(Protocol):
    """The vectors of one collection. Its methods block; several threads may search while one writes."""

    most: int
    """How many hits may be asked for at once."""

    durable: bool
    """False when it is empty whenever it is opened, to be filled from the catalog."""

    def write(self, kept: Sequence[Kept]) -> None:
        """Store vectors, replacing those of the same names; found by searches when it returns."""
        ...

    def remove(self, points: Sequence[str]) -> None: ...

    def search(self, vector: Vector, limit: int, visibility: Visibility, where: Where | None) -> list[str]:
        """The names of the nearest; all that the asker may see and that satisfy the condition are among those asked.

        It may name others too: the caller holds each against the condition and asks for more.
        """
        ...

    def drop(self) -> None:
        """Remove the collection from the store."""
        ...

    def close(self) -> None: ...


Engine = Callable[[str, int], Store]
"""Opens or makes the store of a collection, by its :func:`name_of` and the length of its vectors."""


@dataclass(frozen=True)
class Handles:
    """What a llama-index store does not do itself: remove its collection, let go of its connections."""

    drop: Callable[[], object]
    close: Callable[[], object] = lambda: None
    most: int = 10_000


class WrappedStore:
    """A llama-index store that filters inside its query, and whose ``add`` replaces what has the same name."""

    durable = True

    def __init__(self, store: BasePydanticVectorStore, dialect: Dialect, handles: Handles) -> None:
        self._store, self._dialect, self._handles = store, dialect, handles
        self.most = handles.most

    def write(self, kept: Sequence[Kept]) -> None:
        self._store.add([self._node(one) for one in kept])

    def _node(self, kept: Kept) -> TextNode:
        # The text stays in the catalog: one place less to erase it from.
        point, chunk, vector = kept
        return TextNode(id_=point, text="", embedding=vector.tolist(), metadata=self._dialect.metadata(chunk))

    def remove(self, points: Sequence[str]) -> None:
        self._store.delete_nodes(list(points))

    def search(self, vector: Vector, limit: int, visibility: Visibility, where: Where | None) -> list[str]:
        filters = self._dialect.filters(visibility, where)
        query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=limit, filters=filters)
        return list(self._store.query(query).ids or [])

    def drop(self) -> None:
        self._handles.drop()

    def close(self) -> None:
        self._handles.close()


class InTurnStore(WrappedStore):
    """One that runs in this process and does one thing at a time, replacing by removing first if it must."""

    def __init__(
        self, store: BasePydanticVectorStore, dialect: Dialect, handles: Handles, *, removes_first: bool = False
    ) -> None:
        super().__init__(store, dialect, handles)
        self._removes_first = removes_first
        self._turn = Lock()

    def write(self, kept: Sequence[Kept]) -> None:
        with self._turn:
            if self._removes_first:
                super().remove([point for point, _, _ in kept])
            super().write(kept)

    def remove(self, points: Sequence[str]) -> None:
        with self._turn:
            super().remove(points)

    def search(self, vector: Vector, limit: int, visibility: Visibility, where: Where | None) -> list[str]:
        with self._turn:
            return super().search(vector, limit, visibility, where)


def name_of(collection: str) -> str:
    """A name that every store takes: 40 lower-case letters and digits that begin with a letter."""
    return "ragstone" + uuid5(NAMESPACE_URL, f"urn:ragstone:collection:{collection}").hex


def catalog_of(url: str) -> str:
    """The database named by ``catalog`` in the URL's query. Raises InvalidRequest when there is none."""
    found = parse_qs(urlsplit(url).query).get("catalog")
    if not found:
        raise InvalidRequest(
            "the vector store needs a database for what it does not keep: add ?catalog=postgresql%2Bpsycopg://... to it"
        )
    return found[0]


def folder_catalog(folder: Path) -> str:
    """The database in a local folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite+aiosqlite:///{folder / 'catalog.sqlite'}"
