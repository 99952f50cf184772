"""Azure AI Search. Needs the extra ``azure-search``."""

from urllib.parse import urlsplit

from azure.core.credentials import AzureKeyCredential
from azure.search.documents.indexes import SearchIndexClient
from llama_index.core.vector_stores.types import FilterOperator
from llama_index.vector_stores.azureaisearch import AzureAISearchVectorStore, IndexManagement, MetadataIndexFieldType

from ragstone_contracts.errors import InvalidRequest
from ragstone_index.catalog import Catalog
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.stores.base import Handles, WrappedStore, catalog_of
from ragstone_index.stores.language import Dialect

_DECLARED = Dialect(FilterOperator.IN, any_field=False)
_FIELDS = {
    "tenant": ("tenant", MetadataIndexFieldType.STRING),
    "born": ("born", MetadataIndexFieldType.INT64),
    "died": ("died", MetadataIndexFieldType.INT64),
    "acl": ("acl", MetadataIndexFieldType.COLLECTION),
    "facet": ("facet", MetadataIndexFieldType.COLLECTION),
}
_MOST = 10_000


def open_azure_search(url: str, api_key: str | None) -> LlamaIndexStore:
    """For ``azure-search://SERVICE.search.windows.net?catalog=...``; a collection is an index.

    Its fields are declared when an index is made, so ranges are held against what it finds.
    ``azure-search+http://`` speaks to one without TLS.
    """
    if not api_key:
        raise InvalidRequest("Azure AI Search wants an API key")
    parts = urlsplit(url)
    scheme = "http" if parts.scheme == "azure-search+http" else "https"

    def engine(name: str, dimensions: int) -> WrappedStore:
        client = SearchIndexClient(f"{scheme}://{parts.netloc}", AzureKeyCredential(api_key))
        store = AzureAISearchVectorStore(
            search_or_index_client=client,
            id_field_key="id",
            chunk_field_key="chunk",
            embedding_field_key="embedding",
            metadata_string_field_key="metadata",
            doc_id_field_key="doc_id",
            filterable_metadata_field_keys=_FIELDS,
            index_name=name,
            index_management=IndexManagement.CREATE_IF_NOT_EXISTS,
            embedding_dimensionality=dimensions,
            vector_algorithm_type="hnsw",
        )
        return WrappedStore(store, _DECLARED, Handles(lambda: client.delete_index(name), client.close, _MOST))

    return LlamaIndexStore(engine, Catalog(catalog_of(url)))
