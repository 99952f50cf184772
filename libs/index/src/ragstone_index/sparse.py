"""BM25 term weights: one tokeniser and one formula for every engine, so that their sparse legs agree."""

from qdrant_edge import Bm25, Bm25Config

from ragstone_index.port import SparseVector

_AVERAGE_CHUNK_TOKENS = 120.0

_model = Bm25(Bm25Config(k=1.2, b=0.75, avg_len=_AVERAGE_CHUNK_TOKENS, language="english", ascii_folding=True))


def encode_document(text: str) -> SparseVector:
    """Saturated term frequencies, normalised by length; the engine multiplies by inverse document frequency."""
    vector = _model.embed_document(text)
    return SparseVector(vector.indices, vector.values)


def encode_query(text: str) -> SparseVector:
    """Each term of the query once, with weight 1."""
    vector = _model.embed_query(text)
    return SparseVector(vector.indices, vector.values)
