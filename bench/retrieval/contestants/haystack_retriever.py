"""Haystack with Qdrant: its document store with sparse embeddings, asked by its hybrid retriever.

    python -m bench.retrieval.contestants.haystack_retriever CORPUS FOLDER

The retriever leaves how many candidates each leg brings to the client, which takes ten.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.retrieval.contestants.dataset import NOW, RESULTS, TENANT, Asked, Dataset, batches
from bench.retrieval.contestants.serving import Search, serve
from haystack import Document
from haystack.dataclasses import SparseEmbedding
from haystack_integrations.components.retrievers.qdrant import QdrantEmbeddingRetriever, QdrantHybridRetriever
from haystack_integrations.document_stores.qdrant import QdrantDocumentStore

BATCH = 100


class Haystack:
    def __init__(self, folder: str) -> None:
        self._store = QdrantDocumentStore(
            path=folder,
            embedding_dim=384,
            similarity="cosine",
            use_sparse_embeddings=True,
            sparse_idf=True,
            progress_bar=False,
        )
        self._hybrid = QdrantHybridRetriever(self._store, top_k=RESULTS)
        self._dense = QdrantEmbeddingRetriever(self._store, top_k=RESULTS)

    def build(self, dataset: Dataset) -> None:
        for batch in batches(dataset.points(), BATCH):
            self._store.write_documents(
                [
                    Document(
                        id=str(one.number),
                        content=one.text,
                        embedding=one.dense.tolist(),
                        sparse_embedding=SparseEmbedding(one.indices, one.values),
                        meta={
                            "number": one.number,
                            "acl": one.acl,
                            "tenant": one.tenant,
                            "born": one.born,
                            "died": one.died,
                        },
                    )
                    for one in batch
                ]
            )

    def searches(self) -> Mapping[str, Search]:
        return {"hybrid": self._find_hybrid, "dense": self._find_dense}

    def _find_hybrid(self, question: Asked) -> list[int]:
        found = self._hybrid.run(
            query_embedding=question.dense.tolist(),
            query_sparse_embedding=SparseEmbedding(question.indices, question.values),
            filters=_visible(question),
        )
        return [one.meta["number"] for one in found["documents"]]

    def _find_dense(self, question: Asked) -> list[int]:
        found = self._dense.run(query_embedding=question.dense.tolist(), filters=_visible(question))
        return [one.meta["number"] for one in found["documents"]]

    def others(self) -> list[int]:
        return []

    def close(self) -> None:
        pass


def _visible(question: Asked) -> dict[str, Any]:
    conditions = [
        {"field": "meta.tenant", "operator": "==", "value": TENANT},
        {"field": "meta.acl", "operator": "in", "value": question.principals},
        {"field": "meta.born", "operator": "<=", "value": NOW},
        {"field": "meta.died", "operator": ">", "value": NOW},
    ]
    return {"operator": "AND", "conditions": conditions}


if __name__ == "__main__":
    serve(Haystack(sys.argv[2]), Path(sys.argv[1]))
