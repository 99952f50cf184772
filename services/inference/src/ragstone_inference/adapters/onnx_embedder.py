"""Sentence embeddings: the state of the first token, scaled to unit length."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.adapters.onnx_runs import OnnxRuns, Reading
from ragstone_inference.ports import Embeddings
from ragstone_inference.work_queue import WorkQueue


class OnnxEmbedder:
    """A text's vector does not depend on its neighbours. A single text goes before the pieces of larger requests."""

    def __init__(self, name: str, encoder: OnnxEncoder, work: WorkQueue) -> None:
        self.name = name
        self._runs = OnnxRuns(encoder, work)
        self._reading = Reading("unit vector", _unit_vector)
        self.dimensions = int(encoder.run(encoder.tokenize([""])).shape[-1])

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        vectors, tokens = await self._runs.each(texts, self._reading, urgent=len(texts) == 1)
        return Embeddings(np.stack(vectors), tokens)


def _unit_vector(states: NDArray[np.float32]) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = (states[0] / np.linalg.norm(states[0])).astype(np.float32)
    return scaled
