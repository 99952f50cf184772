"""Milvus: a server, or milvus-lite in a local folder. Needs the extra ``milvus``."""

from pathlib import Path
from urllib.parse import urlsplit

from llama_index.core.vector_stores.types import FilterOperator
from llama_index.vector_stores.milvus import MilvusVectorStore

from ragstone_index.catalog import Catalog
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.stores.base import Engine, Handles, InTurnStore, WrappedStore, catalog_of, folder_catalog
from ragstone_index.stores.language import Dialect

_LISTS = Dialect(FilterOperator.ANY)
_MOST = 16_384


def open_milvus(url: str, api_key: str | None) -> LlamaIndexStore:
    """For ``milvus:FOLDER``, and ``milvus+http(s)://HOST:PORT?catalog=...`` with the token as the key."""
    parts = urlsplit(url)
    if parts.scheme == "milvus":
        folder = Path(url.removeprefix("milvus:"))
        catalog = folder_catalog(folder)
        return LlamaIndexStore(_engine(str(folder / "milvus.db"), ""), Catalog(catalog))
    server = f"{parts.scheme.removeprefix('milvus+')}://{parts.netloc}"
    return LlamaIndexStore(_engine(server, api_key or ""), Catalog(catalog_of(url)))


def _engine(uri: str, token: str) -> Engine:
    def engine(name: str, dimensions: int) -> WrappedStore:
        store = MilvusVectorStore(
            uri=uri,
            token=token,
            collection_name=name,
            dim=dimensions,
            similarity_metric="COSINE",
            consistency_level="Strong",
            upsert_mode=True,
            output_fields=["doc_id"],
            use_async_client=False,
        )
        # milvus-lite is in this process and says nothing of searches beside writes; a server is made for them.
        kind = WrappedStore if uri.startswith("http") else InTurnStore
        client = store.client
        return kind(store, _LISTS, Handles(lambda: client.drop_collection(name), client.close, _MOST))

    return engine
