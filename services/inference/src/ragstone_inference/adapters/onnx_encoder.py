"""A BERT-like encoder in ONNX with its tokenizer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from ragstone_inference.model_files import OnnxFiles

MAX_TOKENS = 512
_PROBE = ("A stone lies in the river.", "The river lies in a stone.", "In the river a stone lies.")


class OnnxEncoder:
    """Loads in about 0.1 s. Safe to call from several threads, each run on ``threads`` of its own."""

    def __init__(self, files: OnnxFiles, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(files.model), options, providers=["CPUExecutionProvider"])
        self._inputs = [one.name for one in self._session.get_inputs()]
        self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.batches = self._gives_the_same_in_a_batch()
        """Whether texts of equal length give in one run, bit for bit, what each gives alone. A model that is quantised
        as it runs scales its numbers over the whole batch, so there a text's vector depends on its neighbours."""

    def _gives_the_same_in_a_batch(self) -> bool:
        encodings = self.tokenize(_PROBE)
        together = self.run(encodings)
        return all(np.array_equal(self.run([one])[0], row) for one, row in zip(encodings, together, strict=True))

    def tokenize(self, texts: Sequence[str] | Sequence[tuple[str, str]]) -> list[Encoding]:
        """Tokens of texts or of pairs of texts, at most 512 each."""
        return [self._tokenizer.encode(*([text] if isinstance(text, str) else text)) for text in texts]

    def run(self, encodings: Sequence[Encoding]) -> NDArray[np.float32]:
        """The model's first output for a batch, which is padded to its longest."""
        feed: dict[str, Any] = {
            "input_ids": _padded([one.ids for one in encodings]),
            "attention_mask": _padded([one.attention_mask for one in encodings]),
            "token_type_ids": _padded([one.type_ids for one in encodings]),
        }
        output: NDArray[np.float32] = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        return output


def _padded(rows: list[list[int]]) -> NDArray[np.int64]:
    padded = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for row, values in zip(padded, rows, strict=True):
        row[: len(values)] = values
    return padded
