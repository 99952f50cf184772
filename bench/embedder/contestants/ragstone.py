"""The embedder as the inference service holds it, without the service.

python -m bench.embedder.contestants.ragstone WORKERS
"""

import asyncio
import sys
from collections.abc import Sequence

import numpy as np
from bench.embedder.contestants.questions import waits, waits_beside
from bench.embedder.contestants.serving import Contestant, serve
from numpy.typing import NDArray

from ragstone_contracts.models import EMBEDDER
from ragstone_inference.adapters.onnx_embedder import OnnxEmbedder
from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import ModelSettings
from ragstone_inference.work_queue import WorkQueue


def main(workers: int) -> None:
    embedder = OnnxEmbedder(
        EMBEDDER, OnnxEncoder(ensure_models(ModelSettings().models_dir).embedder), WorkQueue(workers)
    )

    async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return (await embedder.embed(texts)).vectors

    with asyncio.Runner() as runner:
        serve(
            Contestant(
                embed=lambda texts: runner.run(embed(texts)),
                ask=lambda queries: runner.run(waits(embed, queries)),
                beside=lambda texts, queries: runner.run(waits_beside(embed, texts, queries)),
            )
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))
