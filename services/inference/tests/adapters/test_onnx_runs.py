"""Whether a text's result depends on what is run with it: with the real model, and with one that allows batches."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from ragstone_inference.adapters.onnx_embedder import OnnxEmbedder
from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.adapters.onnx_runs import OnnxRuns, Reading
from ragstone_inference.model_files import ModelFiles
from ragstone_inference.work_queue import WorkQueue


@pytest.fixture
def work() -> Iterator[WorkQueue]:
    queue = WorkQueue(2)
    yield queue
    queue.close()


@dataclass(frozen=True)
class Ids:
    ids: list[int]


class WordEncoder:
    """Each token's state is its word's length; its rows do not touch one another."""

    def __init__(self, *, batches: bool = True) -> None:
        self.batches = batches
        self.sizes: list[int] = []

    def tokenize(self, texts: Sequence[str]) -> list[Ids]:
        return [Ids([len(word) for word in text.split()]) for text in texts]

    def run(self, encodings: Sequence[Ids]) -> NDArray[np.float32]:
        self.sizes.append(len(encodings))
        return np.array([[[float(one)] for one in each.ids] for each in encodings], np.float32)


async def test_texts_of_equal_length_share_runs_up_to_a_number_of_tokens_and_keep_their_places(work: WorkQueue) -> None:
    encoder = WordEncoder()
    runs = OnnxRuns(cast("OnnxEncoder", encoder), work)
    reading: Reading = Reading("sum", lambda states: float(states.sum()))
    texts = ["one three " * 2, "a b", *(["word " * 100] * 5), "c d", "e " * 300]

    kept, tokens = await runs.each(texts, reading, urgent=False)

    assert kept == [16.0, 2.0, *([400.0] * 5), 2.0, 300.0]
    assert tokens == 4 + 2 + 500 + 2 + 300
    assert max(encoder.sizes) == 2


async def test_a_model_that_is_quantised_as_it_runs_is_seen_to_be_so(model_files: ModelFiles) -> None:
    encoder = OnnxEncoder(model_files.embedder)
    pair = encoder.tokenize(["A stone lies in the river.", "The river lies in a stone."])

    assert not np.array_equal(encoder.run(pair)[0], encoder.run(pair[:1])[0])
    assert not encoder.batches


async def test_a_vector_is_the_same_alone_and_amid_everything_else(model_files: ModelFiles, work: WorkQueue) -> None:
    embedder = OnnxEmbedder("model", OnnxEncoder(model_files.embedder), work)
    texts = ["A cat sleeps.", "", "many words of a document " * 30, "A cat sleeps.", "Interest rates rose."] * 8
    alone = [(await embedder.embed([text])).vectors[0] for text in texts[:5]]

    several: list[Any] = await asyncio.gather(
        embedder.embed(texts), *(embedder.embed([text]) for text in texts[:5]), embedder.embed(texts[::-1])
    )

    for place in range(40):
        assert np.array_equal(several[0].vectors[place], alone[place % 5])
        assert np.array_equal(several[-1].vectors[39 - place], alone[place % 5])
    assert all(np.array_equal(several[1 + place].vectors[0], alone[place]) for place in range(5))


async def test_a_small_request_is_not_held_up_by_a_large_one(work: WorkQueue) -> None:
    runs = OnnxRuns(cast("OnnxEncoder", WordEncoder(batches=False)), work)
    gate = threading.Event()
    done: list[str] = []
    blocked = [asyncio.create_task(work.run(gate.wait, urgent=False)) for _ in range(2)]
    await asyncio.sleep(0.05)

    async def ask(name: str, count: int) -> None:
        await runs.each(["some words"] * count, Reading(object(), lambda _: done.append(name)), urgent=False)

    large = asyncio.create_task(ask("large", 200))
    await asyncio.sleep(0.01)
    small = asyncio.create_task(ask("small", 8))
    await asyncio.sleep(0.01)
    gate.set()
    await asyncio.gather(*blocked, large, small)

    last_small = len(done) - 1 - done[::-1].index("small")
    assert last_small < 20
    assert done.count("large") == 200
