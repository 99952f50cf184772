"""Chroma in a local folder. Needs the extra ``chroma``."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import chromadb
from chromadb.config import Settings
from llama_index.vector_stores.chroma import ChromaVectorStore

from ragstone_index.catalog import Catalog, Kept
from ragstone_index.filters import Where
from ragstone_index.llama_index_store import LlamaIndexStore
from ragstone_index.port import Vector, Visibility
from ragstone_index.stores.base import WrappedStore, folder_catalog
from ragstone_index.stores.language import Dialect

_FLAGS = Dialect(overlap=None)
"""Its fields hold single values only."""


class ChromaStore(WrappedStore):
    """Adding does not replace here, so what is there is removed first, while no search looks."""

    def __init__(self, client: chromadb.ClientAPI, name: str) -> None:
        cosine = {"hnsw": {"space": "cosine", "ef_search": 200}}
        collection = client.get_or_create_collection(name, configuration=cosine, embedding_function=None)
        super().__init__(ChromaVectorStore(collection), _FLAGS, lambda: client.delete_collection(name))
        self._turn = Lock()

    def write(self, kept: Sequence[Kept]) -> None:
        with self._turn:
            self.remove([point for point, _, _ in kept])
            super().write(kept)

    def search(self, vector: Vector, limit: int, visibility: Visibility, where: Where | None) -> list[str]:
        with self._turn:
            return super().search(vector, limit, visibility, where)


def open_chroma(url: str, _: str | None) -> LlamaIndexStore:
    """For ``chroma:FOLDER``, which one process at a time may write to."""
    folder = Path(url.removeprefix("chroma:"))
    clients: list[chromadb.ClientAPI] = []

    def engine(name: str, _: int) -> ChromaStore:
        if not clients:
            clients.append(chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False)))
        return ChromaStore(clients[0], name)

    return LlamaIndexStore(engine, Catalog(folder_catalog(folder)))
