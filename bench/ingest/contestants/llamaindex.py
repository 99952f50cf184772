"""LlamaIndex with Qdrant: its ingestion pipeline as its documentation composes it.

python -m bench.ingest.contestants.llamaindex CORPUS EMBEDDER_URL CHUNK_TOKENS FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

from bench.ingest.contestants.outcome import Meter, Outcome, hits_at_five
from llama_index.core import Document, StorageContext, VectorStoreIndex
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient

BATCH = 32


def main(corpus: dict[str, Any], url: str, chunk_tokens: int, folder: str) -> Outcome:
    embedder = OpenAIEmbedding(api_base=f"{url}/v1", api_key="none", embed_batch_size=BATCH)
    store = QdrantVectorStore("bench", client=QdrantClient(path=folder))
    documents = [
        Document(text=one["text"], metadata={"title": one["title"]}, doc_id=one["id"]) for one in corpus["documents"]
    ]
    pipeline = IngestionPipeline(
        transformations=[SentenceSplitter(chunk_size=chunk_tokens, chunk_overlap=0), embedder], vector_store=store
    )
    meter = Meter()
    nodes = pipeline.run(documents=documents)
    cpu, seconds = meter.cpu_seconds(), meter.seconds()
    context = StorageContext.from_defaults(vector_store=store)
    index = VectorStoreIndex.from_vector_store(store, embed_model=embedder, storage_context=context)
    retriever = index.as_retriever(similarity_top_k=5)

    def search(query: str) -> list[str]:
        return [found.node.ref_doc_id or "" for found in retriever.retrieve(query)]

    hits = hits_at_five(corpus["queries"], search)
    return Outcome(len(documents), len(nodes), cpu, seconds, len(corpus["queries"]), hits)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2], int(sys.argv[3]), sys.argv[4]).report()
