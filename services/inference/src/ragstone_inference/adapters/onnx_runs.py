"""Texts through an encoder, on the queue's threads."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tokenizers import Encoding

from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.waiting import Kind
from ragstone_inference.work_queue import WorkQueue

Texts = Sequence[str]

_SLICE = 32
"""Texts tokenised at a time: about as long as a run."""
_FEW = 8
"""Requests of up to twice as many texts are served in equal turns."""
_TOKENS_A_RUN = 256
"""Beyond, a larger batch is no faster. Measured with bge-small in 32 bits, one thread, CPU a text: 10 tokens 6.5 ms
alone and 2.5 ms by 16, 50 tokens 15.9 and 11.6 ms by 4, 200 tokens 51.9 ms alone and 57.7 ms by 4."""


@dataclass(frozen=True)
class Reading:
    """What is kept of the model's output for one text. Readings with equal keys may share runs."""

    key: Hashable
    keep: Callable[[Any], Any] = field(compare=False)


class OnnxRuns:
    """One text a run, or several of equal length where the model gives each the same as alone: what is in the queue
    besides never changes an answer."""

    def __init__(self, encoder: OnnxEncoder, work: WorkQueue) -> None:
        self._encoder = encoder
        self._work = work

    async def each(self, texts: Texts, reading: Reading, *, urgent: bool) -> tuple[list[Any], int]:
        """What ``reading`` keeps of each text, in order, and how many tokens were read."""
        stride = max(len(texts) // _FEW, 1)
        asked = [_Asked(reading, urgent, stride, start) for start in range(0, len(texts), _SLICE)]
        slices = [self._slice(texts[one.start : one.start + _SLICE], one) for one in asked]
        kept: list[Any] = []
        tokens = 0
        for some, read in await asyncio.gather(*slices):
            kept += some
            tokens += read
        return kept, tokens

    async def _slice(self, texts: Texts, asked: "_Asked") -> tuple[list[Any], int]:
        tokenize, urgent = partial(self._encoder.tokenize, texts), asked.urgent
        encodings = await self._work.run(tokenize, urgent=urgent, place=asked.place(0))
        runs = [
            self._work.run_item(self._kind(len(one.ids), asked.reading), one, urgent=urgent, place=asked.place(number))
            for number, one in enumerate(encodings)
        ]
        return await asyncio.gather(*runs), sum(len(one.ids) for one in encodings)

    def _kind(self, length: int, reading: Reading) -> Kind:
        most = max(_TOKENS_A_RUN // length, 1) if self._encoder.batches else 1
        return Kind((self, reading, length), partial(self._run, reading), most)

    def _run(self, reading: Reading, encodings: Sequence[Encoding]) -> list[Any]:
        return [reading.keep(output) for output in self._encoder.run(encodings)]


@dataclass(frozen=True)
class _Asked:
    """A slice of one request. The larger the request, the longer the stride from turn to turn: a few texts are not
    held up by thousands, which in turn are not overtaken for ever, since every run moves the turns on."""

    reading: Reading
    urgent: bool
    stride: int
    start: int

    def place(self, number: int) -> int:
        return (self.start + number) * self.stride
