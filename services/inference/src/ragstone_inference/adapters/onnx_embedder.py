"""Sentence embeddings: the state of the first token, scaled to unit length."""

import asyncio
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.ports import Embeddings
from ragstone_inference.work_queue import WorkQueue


class OnnxEmbedder:
    """Runs one text at a time: for a dynamically quantised model that is the fastest, and the only way in which a
    text's vector does not depend on its neighbours. A single text goes before the pieces of every larger request."""

    def __init__(self, name: str, encoder: OnnxEncoder, work: WorkQueue) -> None:
        self.name = name
        self._encoder = encoder
        self._work = work
        self.dimensions = int(self._vector(encoder.tokenize([""])[0]).shape[0])

    async def embed(self, texts: Sequence[str]) -> Embeddings:
        urgent = len(texts) == 1
        encodings = await self._work.run(lambda: self._encoder.tokenize(texts), urgent=urgent)
        pieces = [
            self._work.run(partial(self._vector, one), urgent=urgent, place=place)
            for place, one in enumerate(encodings)
        ]
        vectors = await asyncio.gather(*pieces)
        return Embeddings(np.stack(vectors), sum(len(one.ids) for one in encodings))

    def _vector(self, encoding: Encoding) -> NDArray[np.float32]:
        first = self._encoder.run([encoding])[0, 0]
        scaled: NDArray[np.float32] = (first / np.linalg.norm(first)).astype(np.float32)
        return scaled
