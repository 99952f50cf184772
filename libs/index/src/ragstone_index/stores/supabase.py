"""Supabase's vectors in Postgres. Needs the extra ``supabase``."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.vector_stores.types import FilterOperator, MetadataFilter, MetadataFilters
from llama_index.vector_stores.supabase import SupabaseVectorStore

from ragstone_index.catalog import Catalog
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.stores.base import Handles, WrappedStore
from ragstone_index.stores.language import Dialect

_LISTS = Dialect(FilterOperator.ANY)
_MOST = 1000
_WORDS = {
    FilterOperator.EQ: "$eq",
    FilterOperator.GT: "$gt",
    FilterOperator.GTE: "$gte",
    FilterOperator.LT: "$lt",
    FilterOperator.LTE: "$lte",
}


class _FilteringStore(SupabaseVectorStore):  # type: ignore[misc, unused-ignore]
    """Tells Supabase all that its filters can say; by itself the store knows equality alone."""

    def _to_vecs_filters(self, filters: MetadataFilters) -> dict[str, Any]:
        word = f"${filters.condition.value}" if filters.condition else "$and"
        return {word: [self._said(one) for one in filters.filters]}

    def _said(self, one: MetadataFilter | MetadataFilters) -> dict[str, Any]:
        if isinstance(one, MetadataFilters):
            return self._to_vecs_filters(one)
        if one.operator is FilterOperator.ANY:
            assert isinstance(one.value, list)
            return {"$or": [{one.key: {"$contains": value}} for value in one.value]}
        return {one.key: {_WORDS[one.operator]: one.value}}

    def drop(self) -> None:
        assert self._client is not None
        assert self._collection is not None
        self._client.delete_collection(self._collection.name)

    def close(self) -> None:
        assert self._client is not None
        self._client.disconnect()

    def delete_nodes(self, node_ids: Sequence[str] | None = None, *_: Any, **__: Any) -> None:
        assert self._collection is not None
        self._collection.delete(list(node_ids or ()))


def open_supabase(url: str, _: str | None) -> LlamaIndexStore:
    """For ``supabase://USER:PASSWORD@HOST:PORT/DATABASE``; the catalog lies in the same database.

    Every vector that may be seen is compared: a graph made with ``vecs`` would be walked before the filter is asked.
    """
    address = url.partition("://")[2]
    database = f"postgresql+psycopg2://{address}"  # what vecs is written for; SQLAlchemy would take psycopg 3

    def engine(name: str, dimensions: int) -> WrappedStore:
        store = _FilteringStore(database, name, dimensions)
        return WrappedStore(store, _LISTS, Handles(store.drop, store.close, _MOST))

    return LlamaIndexStore(engine, Catalog(f"postgresql+psycopg://{address}"))
