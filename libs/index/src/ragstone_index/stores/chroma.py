"""Chroma in a local folder. Needs the extra ``chroma``."""

from pathlib import Path

import chromadb
from chromadb.config import Settings
from llama_index.vector_stores.chroma import ChromaVectorStore

from ragstone_index.catalog import Catalog
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.stores.base import Handles, InTurnStore, folder_catalog
from ragstone_index.stores.language import Dialect

_FLAGS = Dialect(overlap=None)
"""Its fields hold single values only."""


def _store(client: chromadb.ClientAPI, name: str) -> InTurnStore:
    cosine = {"hnsw": {"space": "cosine", "ef_search": 200}}
    collection = client.get_or_create_collection(name, configuration=cosine, embedding_function=None)
    handles = Handles(drop=lambda: client.delete_collection(name))
    return InTurnStore(ChromaVectorStore(collection), _FLAGS, handles, removes_first=True)


def open_chroma(url: str, _: str | None) -> LlamaIndexStore:
    """For ``chroma:FOLDER``, which one process at a time may write to."""
    folder = Path(url.removeprefix("chroma:"))
    clients: list[chromadb.ClientAPI] = []

    def engine(name: str, _: int) -> InTurnStore:
        if not clients:
            clients.append(chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False)))
        return _store(clients[0], name)

    return LlamaIndexStore(engine, Catalog(folder_catalog(folder)))
