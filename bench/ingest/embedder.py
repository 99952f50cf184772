"""The embedder everyone is given: the shipped model behind OpenAI's wire, in a process of its own.

    python -m bench.ingest.embedder PORT CACHE_FILE

A text's vector is computed once and kept, so that later rounds wait for nobody; its CPU is nobody's either way.
"""

import base64
import hashlib
import sqlite3
import sys
from pathlib import Path

import numpy as np
from aiohttp import web
from numpy.typing import NDArray
from pydantic import SecretStr

from ragstone_inference.adapters.onnx_embedder import OnnxEmbedder
from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import InferenceSettings
from ragstone_inference.work_queue import WorkQueue

Vector = NDArray[np.float32]


class KeptVectors:
    """Vectors by the text they embed, in a file."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(path)
        self._rows.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB)")

    def get(self, text: str) -> Vector | None:
        row = self._rows.execute("SELECT vector FROM vectors WHERE key = ?", [_key(text)]).fetchone()
        return None if row is None else np.frombuffer(row[0], "<f4")

    def put(self, texts: list[str], vectors: list[Vector]) -> None:
        rows = [(_key(text), vector.tobytes()) for text, vector in zip(texts, vectors, strict=True)]
        with self._rows:
            self._rows.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Endpoint:
    def __init__(self, embedder: OnnxEmbedder, kept: KeptVectors) -> None:
        self._embedder = embedder
        self._kept = kept

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = {text: self._kept.get(text) for text in texts}
        missing = [text for text, vector in vectors.items() if vector is None]
        if missing:
            new = list((await self._embedder.embed(missing)).vectors)
            self._kept.put(missing, new)
            vectors |= dict(zip(missing, new, strict=True))
        as_base64 = body.get("encoding_format") == "base64"
        data = [
            {"object": "embedding", "index": number, "embedding": _written(vectors[text], as_base64)}
            for number, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        return web.json_response({"object": "list", "data": data, "model": body["model"], "usage": usage})


def _written(vector: Vector | None, as_base64: bool) -> str | list[float]:
    assert vector is not None
    return base64.b64encode(vector.tobytes()).decode() if as_base64 else vector.tolist()


async def _application(cache: Path) -> web.Application:
    settings = InferenceSettings(internal_secret=SecretStr("-" * 32))
    encoder = OnnxEncoder(ensure_models(settings.models_dir).embedder)
    endpoint = Endpoint(OnnxEmbedder("embedder", encoder, WorkQueue(settings.workers)), KeptVectors(cache))
    app = web.Application(client_max_size=64 * 1024**2)
    app.router.add_post("/v1/embeddings", endpoint.answer)
    return app


if __name__ == "__main__":
    web.run_app(_application(Path(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), print=None)
