"""Cut, embedded and searched as the platform does it, without the platform around it."""

from dataclasses import dataclass
from time import process_time

import numpy as np
from bench.chunkers.scores import Passage
from pydantic import SecretStr

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_index import IndexedChunk, InMemoryVectorIndex, StoredChunk, Visibility, encode_document, encode_query
from ragstone_index.port import Parent, Vector
from ragstone_inference.adapters.onnx_embedder import OnnxEmbedder
from ragstone_ingestion.chunkers import Chunk, chunker_for
from ragstone_ingestion.embedding import embedded_text
from ragstone_ingestion.tokens import TokenCounter
from ragstone_retrieval.candidates import Candidate, as_passages, from_hits
from ragstone_retrieval.fusion import stand_out
from ragstone_retrieval.settings import RetrievalSettings

COLLECTION, TENANT = "corpora", "bench"
EVERYONE = Visibility(TENANT, ["*"], sequence=1)
CANDIDATES = 50
_SETTINGS = RetrievalSettings(internal_secret=SecretStr("-" * 32))
WEIGHTS = {"dense": _SETTINGS.dense_weight, "sparse": _SETTINGS.sparse_weight}


@dataclass(frozen=True)
class Cut:
    """What a chunker made of the corpora: the index, how many chunks, CPU milliseconds for 1,000 characters."""

    index: InMemoryVectorIndex
    chunks: int
    milliseconds: float


async def cut(
    documents: dict[str, ParsedDocument], settings: CollectionSettings, counter: TokenCounter, embedder: OnnxEmbedder
) -> Cut:
    index, chunks, seconds = InMemoryVectorIndex(), 0, 0.0
    for name, document in documents.items():
        started = process_time()
        made = chunker_for(settings, counter).chunk(document)
        seconds += process_time() - started
        texts = [embedded_text(document, name, chunk) for chunk in made]
        vectors = (await embedder.embed(texts)).vectors
        entries = zip(made, texts, vectors, strict=True)
        await index.upsert(COLLECTION, [_indexed(document, name, *entry) for entry in entries])
        chunks += len(made)
    return Cut(index, chunks, 1e6 * seconds / sum(len(document.text) for document in documents.values()))


async def search(index: InMemoryVectorIndex, question: str, vector: Vector) -> dict[str, list[Passage]]:
    """What each strategy returns, best first."""
    legs = {
        "dense": from_hits("dense", await index.dense(COLLECTION, vector, EVERYONE, CANDIDATES)),
        "sparse": from_hits("sparse", await index.sparse(COLLECTION, encode_query(question), EVERYONE, CANDIDATES)),
    }
    hybrid = stand_out(legs, WEIGHTS)
    return {name: _passages(found) for name, found in {**legs, "hybrid": hybrid}.items()}


def _passages(candidates: list[Candidate]) -> list[Passage]:
    chunks = [candidate.chunk for candidate in as_passages(candidates)]
    return [Passage(chunk.document_id, chunk.start, chunk.end) for chunk in chunks]


def _indexed(document: ParsedDocument, name: str, chunk: Chunk, text: str, vector: Vector) -> IndexedChunk:
    around = chunk.parent
    stored = StoredChunk(
        chunk_id=f"{name}/{chunk.start}",
        tenant=TENANT,
        acl=["*"],
        document_id=name,
        version=1,
        title=name,
        start=chunk.start,
        end=chunk.end,
        text=document.text[chunk.start : chunk.end],
        born=1,
        parent=Parent(*around, document.text[slice(*around)]) if around else None,
    )
    return IndexedChunk(stored, np.asarray(vector, np.float32), encode_document(text))
