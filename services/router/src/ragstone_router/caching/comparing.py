"""The embedder and the cross-encoder of the inference service, as far as two questions are compared by them."""

import base64
from dataclasses import replace
from typing import Any

import numpy as np
import orjson

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.models import EMBEDDER, RERANKER
from ragstone_kit.logs import get_logger
from ragstone_router.ask import EMBED, RERANK, Ask
from ragstone_router.caching.questions import Vector
from ragstone_router.errors import DeploymentFailed
from ragstone_router.providers.port import Provider

_SECONDS = 2.0
"""Longer than this a request does not wait to learn whether it was asked before."""

_log = get_logger(__name__)


async def vector_of(inference: Provider, ask: Ask, text: str) -> Vector | None:
    """Of unit length; None when the embedder cannot be had."""
    answer = await _asked(inference, replace(ask, path=EMBED, body={"input": text, "encoding_format": "base64"}))
    if answer is None:
        return None
    vector = np.frombuffer(base64.b64decode(answer["data"][0]["embedding"]), dtype="<f4")
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


async def agreement(inference: Provider, ask: Ask, one: str, other: str) -> float:
    """The smaller of the scores that each question has for the other, from 0 to 1; 0 when nobody can tell."""
    scores = [await _score(inference, ask, query, document) for query, document in ((one, other), (other, one))]
    return min(scores)


async def _score(inference: Provider, ask: Ask, query: str, document: str) -> float:
    answer = await _asked(inference, replace(ask, path=RERANK, body={"query": query, "documents": [document]}))
    return 0.0 if answer is None else float(answer["results"][0]["relevance_score"])


async def _asked(inference: Provider, ask: Ask) -> Any:
    model = EMBEDDER if ask.path == EMBED else RERANKER
    try:
        async with inference.ask(ask, model, _SECONDS) as answer:
            return orjson.loads(await answer.whole())
    except (DeploymentFailed, RagstoneError) as error:
        _log.warning("questions cannot be compared", model=model, error=str(error))
        return None
