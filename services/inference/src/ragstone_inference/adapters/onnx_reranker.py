"""Relevance by a cross-encoder, which reads the query and the document together."""

import asyncio
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding

from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.work_queue import WorkQueue

_PAIRS, _TOKENS = 8, 768
"""The most pairs and tokens a run. Measured on one thread, CPU of 24 pairs: sentences 130 ms one by one, 114 ms by 8;
passages of 200 tokens 690 ms one by one or by 2, 840 ms by 8. More tokens would keep a question waiting, too."""


class OnnxReranker:
    """Batches pairs of similar length; the same request always makes the same batches, so its scores do not vary.

    Somebody waits for every request, so all of it is urgent.
    """

    def __init__(self, name: str, encoder: OnnxEncoder, work: WorkQueue) -> None:
        self.name = name
        self._encoder = encoder
        self._work = work

    async def score(self, query: str, documents: Sequence[str]) -> list[float]:
        pairs = [(query, document) for document in documents]
        encodings = await self._work.run(lambda: self._encoder.tokenize(pairs), urgent=True)
        batches = _batches([len(one.ids) for one in encodings])
        runs = [
            self._work.run(partial(self._relevance, [encodings[index] for index in batch]), urgent=True, place=place)
            for place, batch in enumerate(batches)
        ]
        scores = [0.0] * len(pairs)
        for batch, relevance in zip(batches, await asyncio.gather(*runs), strict=True):
            for index, value in zip(batch, relevance, strict=True):
                scores[index] = float(value)
        return scores

    def _relevance(self, encodings: Sequence[Encoding]) -> NDArray[np.floating]:
        logits = self._encoder.run(encodings).reshape(-1)
        return 1 / (1 + np.exp(-logits))


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Indices of neighbours by length. A run costs its longest pair times their number."""
    batches: list[list[int]] = [[]]
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        size = len(batches[-1]) + 1
        if size > _PAIRS or (size > 1 and size * lengths[index] > _TOKENS):
            batches.append([])
        batches[-1].append(index)
    return batches
