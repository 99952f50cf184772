"""Haystack with Qdrant: splitter, embedder and writer joined in a pipeline as its documentation does.

python -m bench.ingest.contestants.haystack_pipeline CORPUS EMBEDDER_URL CHUNK_TOKENS FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

from bench.ingest.contestants.outcome import Meter, Outcome, hits_at_five
from haystack import Document, Pipeline
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.writers import DocumentWriter
from haystack.utils import Secret
from haystack_integrations.components.retrievers.qdrant import QdrantEmbeddingRetriever
from haystack_integrations.document_stores.qdrant import QdrantDocumentStore

BATCH = 32
WORDS_PER_TOKEN = 0.75
"""Haystack's splitter counts words."""


def main(corpus: dict[str, Any], url: str, chunk_tokens: int, folder: str) -> Outcome:
    wire = {"api_base_url": f"{url}/v1", "api_key": Secret.from_token("none")}
    store = QdrantDocumentStore(path=folder, embedding_dim=384, similarity="cosine", progress_bar=False)
    splitter = DocumentSplitter(split_by="word", split_length=int(chunk_tokens * WORDS_PER_TOKEN), split_overlap=0)
    embedder = OpenAIDocumentEmbedder(meta_fields_to_embed=["title"], batch_size=BATCH, progress_bar=False, **wire)
    pipeline = Pipeline()
    for name, component in {"split": splitter, "embed": embedder, "write": DocumentWriter(store)}.items():
        pipeline.add_component(name, component)
    pipeline.connect("split", "embed")
    pipeline.connect("embed", "write")
    documents = [
        Document(content=one["text"], meta={"title": one["title"], "name": one["id"]}) for one in corpus["documents"]
    ]
    meter = Meter()
    written = pipeline.run({"split": {"documents": documents}})["write"]["documents_written"]
    cpu, seconds = meter.cpu_seconds(), meter.seconds()
    query_embedder, retriever = OpenAITextEmbedder(**wire), QdrantEmbeddingRetriever(store, top_k=5)

    def search(query: str) -> list[str]:
        vector = query_embedder.run(query)["embedding"]
        return [found.meta["name"] for found in retriever.run(query_embedding=vector)["documents"]]

    hits = hits_at_five(corpus["queries"], search)
    return Outcome(len(documents), written, cpu, seconds, len(corpus["queries"]), hits)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2], int(sys.argv[3]), sys.argv[4]).report()
