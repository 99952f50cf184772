"""Relevance by late interaction: each token of the query finds the token of the document that is most like it."""

import asyncio
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.work_queue import WorkQueue


class OnnxLateInteraction:
    """Uses the embedder itself: its states of all tokens, of which the embedding is only the first.

    Runs one text at a time, for the reasons the embedder does.
    """

    def __init__(self, name: str, encoder: OnnxEncoder, work: WorkQueue) -> None:
        self.name = name
        self._encoder = encoder
        self._work = work

    async def score(self, query: str, documents: Sequence[str]) -> list[float]:
        """The mean over the query's tokens of the highest cosine with a token of the document, 0 where it is below."""
        encodings = await self._work.run(lambda: self._encoder.tokenize([query, *documents]), urgent=True)
        wanted = await self._work.run(partial(self._states, encodings[0]), urgent=True)
        runs = [self._work.run(partial(self._relevance, wanted, one), urgent=True) for one in encodings[1:]]
        return list(await asyncio.gather(*runs))

    def _relevance(self, wanted: NDArray[np.float32], document: Encoding) -> float:
        alike = wanted @ self._states(document).T
        return min(max(float(alike.max(axis=1).mean()), 0.0), 1.0)

    def _states(self, encoding: Encoding) -> NDArray[np.float32]:
        """Unit vectors of the tokens, shape ``(tokens, dimensions)``."""
        states = self._encoder.run([encoding])[0]
        scaled: NDArray[np.float32] = states / np.linalg.norm(states, axis=1, keepdims=True)
        return scaled
