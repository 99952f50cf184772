"""What is asked of a vector store, and the way most of them do it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_URL, uuid5

from llama_index.core.schema import TextNode
from llama_index.core.vector_stores.types import BasePydanticVectorStore, MetadataFilters, VectorStoreQuery

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


Engine = Callable[[str, int], Store]
"""Opens or makes the store of a collection, by its :func:`name_of` and the length of its vectors."""


class WrappedStore:
    """A llama-index store that filters inside its query, and whose ``add`` replaces what has the same name."""

    durable = True

    def __init__(
        self, store: BasePydanticVectorStore, dialect: Dialect, drop: Callable[[], object], most: int = 10_000
    ) -> None:
        self._store, self._dialect, self._drop = store, dialect, drop
        self.most = most

    def write(self, kept: Sequence[Kept]) -> None:
        self._store.add([self._node(one) for one in kept])

    def _node(self, kept: Kept) -> TextNode:
        # The text stays in the catalog: one place less to erase it from.
        point, chunk, vector = kept
        return TextNode(id_=point, text="", embedding=vector.tolist(), metadata=self._dialect.metadata(chunk))

    def remove(self, points: Sequence[str]) -> None:
        self._store.delete_nodes(list(points))

    def search(self, vector: Vector, limit: int, visibility: Visibility, where: Where | None) -> list[str]:
        return self._ask(vector, limit, self._dialect.filters(visibility, where))

    def _ask(self, vector: Vector, limit: int, filters: MetadataFilters | None) -> list[str]:
        query = VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=limit, filters=filters)
        return list(self._store.query(query).ids or [])

    def drop(self) -> None:
        self._drop()


def name_of(collection: str) -> str:
    """A name that every store takes: 40 lower-case letters and digits that begin with a letter."""
    return "ragstone" + uuid5(NAMESPACE_URL, f"urn:ragstone:collection:{collection}").hex


def catalog_of(url: str) -> str:
    """The database named by ``catalog`` in the URL's query. Raises InvalidRequest when there is none."""
    found = parse_qs(urlsplit(url).query).get("catalog")
    if not found:
        raise InvalidRequest(
            "this vector store needs a database for what it does not keep: add ?catalog=postgresql%2Bpsycopg://... to it"
        )
    return found[0]


def folder_catalog(folder: Path) -> str:
    """The database in a local folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite+aiosqlite:///{folder / 'catalog.sqlite'}"
