"""The VectorIndex port and its adapters."""

from ragstone_index.errors import IndexInUse, WrongDimension
from ragstone_index.filters import All, Between, Contains, Either, Not, OneOf, Scalar, Where, both
from ragstone_index.memory import InMemoryVectorIndex
from ragstone_index.opening import open_index
from ragstone_index.port import (
    NEVER,
    HeldVersion,
    Hit,
    HybridHits,
    IndexedChunk,
    Page,
    Parent,
    SparseVector,
    StoredChunk,
    VectorIndex,
    Visibility,
)
from ragstone_index.sparse import encode_document, encode_query

__all__ = [
    "NEVER",
    "All",
    "Between",
    "Contains",
    "Either",
    "HeldVersion",
    "Hit",
    "HybridHits",
    "InMemoryVectorIndex",
    "IndexInUse",
    "IndexedChunk",
    "Not",
    "OneOf",
    "Page",
    "Parent",
    "Scalar",
    "SparseVector",
    "StoredChunk",
    "VectorIndex",
    "Visibility",
    "Where",
    "WrongDimension",
    "both",
    "encode_document",
    "encode_query",
    "open_index",
]
