"""Chunkers: from a parsed document to the ranges of its text that are embedded and found."""

from ragstone_ingestion.chunkers.port import Chunk, Chunker
from ragstone_ingestion.chunkers.registry import chunker_for

__all__ = ["Chunk", "Chunker", "chunker_for"]
