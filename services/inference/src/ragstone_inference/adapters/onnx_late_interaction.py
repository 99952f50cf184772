"""Relevance by late interaction: each token of the query finds the token of the document that is most like it."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.adapters.onnx_runs import OnnxRuns, Reading
from ragstone_inference.work_queue import WorkQueue


class OnnxLateInteraction:
    """Uses the embedder itself: its states of all tokens, of which the embedding is only the first."""

    def __init__(self, name: str, encoder: OnnxEncoder, work: WorkQueue) -> None:
        self.name = name
        self._runs = OnnxRuns(encoder, work)

    async def score(self, query: str, documents: Sequence[str]) -> list[float]:
        """The mean over the query's tokens of the highest cosine with a token of the document, 0 where it is below."""
        [wanted], _ = await self._runs.each([query], Reading("states", _unit_states), urgent=True)
        scores, _ = await self._runs.each(documents, Reading(object(), partial(_relevance, wanted)), urgent=True)
        return scores


def _relevance(wanted: NDArray[np.float32], states: NDArray[np.float32]) -> float:
    alike = wanted @ _unit_states(states).T
    return min(max(float(alike.max(axis=1).mean()), 0.0), 1.0)


def _unit_states(states: NDArray[np.float32]) -> NDArray[np.float32]:
    """Unit vectors of the tokens, shape ``(tokens, dimensions)``."""
    scaled: NDArray[np.float32] = states / np.linalg.norm(states, axis=1, keepdims=True)
    return scaled
