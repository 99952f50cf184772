"""LlamaIndex with Qdrant: its store with hybrid search on, asked through a retriever with metadata filters.

python -m bench.retrieval.contestants.llamaindex CORPUS FOLDER
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.retrieval.contestants.dataset import CANDIDATES, NOW, RESULTS, TENANT, Asked, Dataset, batches
from bench.retrieval.contestants.serving import Search, serve
from llama_index.core import VectorStoreIndex
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.schema import QueryBundle, TextNode
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient, models

BATCH = 64


class LlamaIndex:
    def __init__(self, folder: str) -> None:
        self._sparse: dict[str, tuple[list[int], list[float]]] = {}
        self._store = QdrantVectorStore(
            "bench",
            client=QdrantClient(path=folder),
            enable_hybrid=True,
            sparse_doc_fn=self._encode,
            sparse_query_fn=self._encode,
            sparse_config=models.SparseVectorParams(modifier=models.Modifier.IDF),
        )
        # The vectors are given; it must not look for an embedder of its own.
        self._index = VectorStoreIndex.from_vector_store(self._store, embed_model=MockEmbedding(384))

    def _encode(self, texts: list[str]) -> tuple[list[list[int]], list[list[float]]]:
        """The term weights everyone is given, by text."""
        rows = [self._sparse[text] for text in texts]
        return [indices for indices, _ in rows], [values for _, values in rows]

    def build(self, dataset: Dataset) -> None:
        for question in dataset.questions:
            self._sparse[question.text] = (question.indices, question.values)
        for batch in batches(dataset.points(), BATCH):
            own = {f"{one.number}\n{one.text}": (one.indices, one.values) for one in batch}
            self._sparse |= own
            self._store.add(
                [
                    TextNode(
                        text=f"{one.number}\n{one.text}",
                        embedding=one.dense.tolist(),
                        metadata={
                            "number": one.number,
                            "acl": one.acl,
                            "tenant": one.tenant,
                            "born": one.born,
                            "died": one.died,
                        },
                        excluded_embed_metadata_keys=["number", "acl", "tenant", "born", "died"],
                    )
                    for one in batch
                ]
            )
            for text in own:
                del self._sparse[text]

    def searches(self) -> Mapping[str, Search]:
        hybrid: dict[str, Any] = {
            "vector_store_query_mode": "hybrid",
            "similarity_top_k": CANDIDATES,
            "sparse_top_k": CANDIDATES,
            "hybrid_top_k": RESULTS,
        }
        return {
            "hybrid": lambda question: self._found(question, hybrid),
            "dense": lambda question: self._found(question, {"similarity_top_k": RESULTS}),
        }

    def _found(self, question: Asked, options: dict[str, Any]) -> list[int]:
        retriever = self._index.as_retriever(filters=_visible(question), **options)
        asked = QueryBundle(question.text, embedding=question.dense.tolist())
        return [found.node.metadata["number"] for found in retriever.retrieve(asked)]

    def others(self) -> list[int]:
        return []

    def close(self) -> None:
        pass


def _visible(question: Asked) -> MetadataFilters:
    return MetadataFilters(
        filters=[
            MetadataFilter(key="tenant", value=TENANT),
            MetadataFilter(key="acl", value=question.principals, operator=FilterOperator.IN),
            MetadataFilter(key="born", value=NOW, operator=FilterOperator.LTE),
            MetadataFilter(key="died", value=NOW, operator=FilterOperator.GT),
        ]
    )


if __name__ == "__main__":
    serve(LlamaIndex(sys.argv[2]), Path(sys.argv[1]))
