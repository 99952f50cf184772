"""Vectors on the OpenAI wire."""

import base64
from typing import Any

from ragstone_inference.ports import Embeddings


def embedding_list(embeddings: Embeddings, model: str, *, as_base64: bool) -> dict[str, Any]:
    """The body of an embeddings answer; base64 is of little-endian float32."""
    rows = embeddings.vectors.astype("<f4")
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(row.tobytes()).decode() if as_base64 else row.tolist(),
        }
        for index, row in enumerate(rows)
    ]
    usage = {"prompt_tokens": embeddings.tokens, "completion_tokens": 0, "total_tokens": embeddings.tokens}
    return {"object": "list", "data": data, "model": model, "usage": usage}
