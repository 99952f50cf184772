"""What a model must do to be served here."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ragstone_contracts.models import Message


@dataclass(frozen=True)
class Embeddings:
    """``vectors`` are of unit length, shape ``(texts, dimensions)``; ``tokens`` is how many the model read."""

    vectors: NDArray[np.float32]
    tokens: int


class Embedder(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        """One vector per text, in order; what is longer than the model reads is cut off."""
        ...


class Reranker(Protocol):
    @property
    def name(self) -> str: ...

    async def score(self, query: str, documents: Sequence[str]) -> list[float]:
        """The relevance of each document to the query, from 0 to 1, in order."""
        ...


class ChatModel(Protocol):
    @property
    def name(self) -> str: ...

    def complete(self, messages: Sequence[Message]) -> AsyncIterator[str]:
        """The answer in pieces, which joined are the whole of it."""
        ...
