"""What versions are made with, for whichever index."""

from dataclasses import dataclass

from ragstone_ingestion.activation import Activation
from ragstone_ingestion.drafts import ChunkerFor, Drafting
from ragstone_ingestion.embedding import Embedding


@dataclass(frozen=True)
class Making:
    drafting: Drafting
    chunker_for: ChunkerFor
    embedding: Embedding
    activation: Activation
