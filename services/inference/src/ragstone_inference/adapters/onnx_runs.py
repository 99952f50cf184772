"""Texts through an encoder, on the queue's threads."""

import asyncio
import itertools
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
        asked = _Asked(reading, urgent, stride=max(len(texts) // _FEW, 1))
        if self._encoder.batches:
            starts = range(0, len(texts), _SLICE)
            slices = [self._slice(texts[start : start + _SLICE], start, asked) for start in starts]
            done = list(itertools.chain.from_iterable(await asyncio.gather(*slices)))
        else:
            done = await asyncio.gather(*(self._alone(text, place, asked) for place, text in enumerate(texts)))
        return [kept for kept, _ in done], sum(tokens for _, tokens in done)

    async def _alone(self, text: str, place: int, asked: "_Asked") -> "_Done":
        def work() -> _Done:
            encodings = self._encoder.tokenize([text])
            return asked.reading.keep(self._encoder.run(encodings)[0]), len(encodings[0].ids)

        return await self._work.run(work, urgent=asked.urgent, place=place * asked.stride)

    async def _slice(self, texts: Texts, start: int, asked: "_Asked") -> "list[_Done]":
        tokenize = partial(self._encoder.tokenize, texts)
        encodings = await self._work.run(tokenize, urgent=asked.urgent, place=start * asked.stride)
        runs = [
            self._work.run_item(self._kind(one, asked.reading), one, urgent=asked.urgent, place=place * asked.stride)
            for place, one in enumerate(encodings, start)
        ]
        return list(zip(await asyncio.gather(*runs), (len(one.ids) for one in encodings), strict=True))

    def _kind(self, encoding: Encoding, reading: Reading) -> Kind:
        length = len(encoding.ids)
        return Kind((self, reading, length), partial(self._run, reading), max(_TOKENS_A_RUN // length, 1))

    def _run(self, reading: Reading, encodings: Sequence[Encoding]) -> list[Any]:
        return [reading.keep(output) for output in self._encoder.run(encodings)]


_Done = tuple[Any, int]
"""What is kept of a text, and its tokens."""


@dataclass(frozen=True)
class _Asked:
    """The larger a request, the longer its stride from turn to turn: a few texts are not held up by thousands, which in
    turn are not overtaken for ever, since every run moves the turns on."""

    reading: Reading
    urgent: bool
    stride: int
