"""The VectorIndex port and its adapters."""

from ragstone_index.errors import IndexInUse, WrongDimension
from ragstone_index.memory import InMemoryVectorIndex
from ragstone_index.opening import open_index
from ragstone_index.port import (
    NEVER,
    HeldVersion,
    Hit,
    IndexedChunk,
    Page,
    Parent,
    SparseVector,
    StoredChunk,
    VectorIndex,
    Visibility,
    Where,
)
from ragstone_index.sparse import encode_document, encode_query

__all__ = [
    "NEVER",
    "HeldVersion",
    "Hit",
    "InMemoryVectorIndex",
    "IndexInUse",
    "IndexedChunk",
    "Page",
    "Parent",
    "SparseVector",
    "StoredChunk",
    "VectorIndex",
    "Visibility",
    "Where",
    "WrongDimension",
    "encode_document",
    "encode_query",
    "open_index",
]
