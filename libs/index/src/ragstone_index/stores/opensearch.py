"""OpenSearch. Needs the extra ``opensearch``."""

from urllib.parse import unquote, urlsplit

from llama_index.core.vector_stores.types import FilterOperator
from llama_index.vector_stores.opensearch import OpensearchVectorClient, OpensearchVectorStore
from opensearchpy import OpenSearch

from ragstone_index.catalog import Catalog
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.stores.base import Handles, WrappedStore, catalog_of
from ragstone_index.stores.language import Dialect

_LISTS = Dialect(FilterOperator.ANY)
_GRAPH = {
    "name": "hnsw",
    "space_type": "innerproduct",
    "engine": "faiss",
    "parameters": {"ef_construction": 128, "m": 16},
}


def open_opensearch(url: str, api_key: str | None) -> LlamaIndexStore:
    """For ``opensearch+http(s)://[USER:PASSWORD@]HOST:PORT?catalog=...``; a collection is an index.

    From 2.9 on the filter is part of the walk through the graph, before it every vector is compared. An API key, where
    there is one, is sent as a bearer token.
    """
    parts = urlsplit(url)
    server = f"{parts.scheme.removeprefix('opensearch+')}://{parts.netloc.rpartition('@')[2]}"
    options: dict[str, object] = {"headers": {"Authorization": f"Bearer {api_key}"}} if api_key else {}
    if parts.username:
        options["http_auth"] = (unquote(parts.username), unquote(parts.password or ""))

    def engine(name: str, dimensions: int) -> WrappedStore:
        client = OpenSearch(server, **options)
        vectors = OpensearchVectorClient(
            server, name, dimensions, method=_GRAPH, space_type="innerproduct", os_client=client, **options
        )
        handles = Handles(lambda: client.indices.delete(index=name), client.close)
        return WrappedStore(OpensearchVectorStore(vectors), _LISTS, handles)

    return LlamaIndexStore(engine, Catalog(catalog_of(url)))
