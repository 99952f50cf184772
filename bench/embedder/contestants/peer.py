"""fastembed with the very same model file, in an environment of its own.

python -m bench.embedder.contestants.peer FOLDER THREADS BATCH
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from bench.embedder.contestants.serving import Contestant, serve
from fastembed import TextEmbedding
from fastembed.common.model_description import ModelSource, PoolingType
from numpy.typing import NDArray

_NAME = "the-same-model"
# What its loader wants beside the model and the tokenizer.
_BESIDE = {
    "config.json": {"pad_token_id": 0},
    "tokenizer_config.json": {"model_max_length": 512, "pad_token": "[PAD]"},
    "special_tokens_map.json": {"pad_token": "[PAD]"},
}


def main(folder: Path, threads: int, batch: int) -> None:
    for name, content in _BESIDE.items():
        (folder / name).write_text(json.dumps(content))
    TextEmbedding.add_custom_model(
        model=_NAME,
        pooling=PoolingType.CLS,
        normalization=True,
        sources=ModelSource(url="file:///unused"),
        dim=384,
        model_file="model.onnx",
    )
    model = TextEmbedding(_NAME, threads=threads, specific_model_path=str(folder), providers=["CPUExecutionProvider"])

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack(list(model.embed(list(texts), batch_size=batch)))

    def seconds(query: str) -> float:
        started = perf_counter()
        embed([query])
        return perf_counter() - started

    serve(Contestant(embed=embed, ask=lambda queries: list(map(seconds, queries))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
