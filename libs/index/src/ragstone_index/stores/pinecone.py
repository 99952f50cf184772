"""A Pinecone index. Needs the extra ``pinecone``."""

from urllib.parse import urlsplit

from llama_index.core.vector_stores.types import FilterOperator
from llama_index.vector_stores.pinecone import PineconeVectorStore
from pinecone import Pinecone

from ragstone_contracts.errors import InvalidRequest
from ragstone_index.catalog import Catalog
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.stores.base import Handles, WrappedStore, catalog_of
from ragstone_index.stores.language import Dialect

_LISTS = Dialect(FilterOperator.IN)
_MOST = 10_000


def open_pinecone(url: str, api_key: str | None) -> LlamaIndexStore:
    """For ``pinecone://HOST-OF-THE-INDEX?catalog=...``; a collection is a namespace.

    All collections have the dimensions of the index. What was written is found after some seconds only: Pinecone says
    when it has a write, not when it shows it. ``pinecone+http://`` speaks to one without TLS.
    """
    if not api_key:
        raise InvalidRequest("Pinecone wants an API key")
    parts = urlsplit(url)
    scheme = "http" if parts.scheme == "pinecone+http" else "https"

    def engine(name: str, _: int) -> WrappedStore:
        index = Pinecone(api_key=api_key).Index(host=f"{scheme}://{parts.netloc}")
        store = PineconeVectorStore(pinecone_index=index, namespace=name)
        return WrappedStore(store, _LISTS, Handles(store.clear, index.close, _MOST))

    return LlamaIndexStore(engine, Catalog(catalog_of(url)))
