"""The VectorIndex port and its adapters."""

from ragstone_index.port import NEVER, Hit, IndexedChunk, SparseVector, StoredChunk, VectorIndex, Visibility, Where
from ragstone_index.sparse import encode_document, encode_query

__all__ = [
    "NEVER",
    "Hit",
    "IndexedChunk",
    "SparseVector",
    "StoredChunk",
    "VectorIndex",
    "Visibility",
    "Where",
    "encode_document",
    "encode_query",
]
