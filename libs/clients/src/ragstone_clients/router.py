"""The model router, which speaks the OpenAI wire; inference speaks the same and is reached by the same client."""

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ragstone_contracts.chat import Fallback, Usage
from ragstone_contracts.errors import UpstreamError
from ragstone_contracts.models import (
    COST_HEADER,
    EMBEDDER,
    FALLBACK_HEADER,
    MODEL_HEADER,
    RERANKER,
    ModelList,
    RerankRequest,
    RerankResponse,
)
from ragstone_contracts.usage import UsageQuery, UsageReport
from ragstone_kit import sse
from ragstone_kit.identity import Caller
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import Response


@dataclass
class ChatStream:
    """A chat completion as it comes. ``usage`` and ``cost_usd`` are complete when :meth:`text` has ended."""

    response: Response
    model: str
    fallback: Fallback | None
    cost_usd: float | None
    usage: Usage = field(default_factory=Usage)

    async def text(self) -> AsyncIterator[str]:
        """The pieces of the answer. Raises UpstreamError when the stream breaks off or reports an error."""
        async for event in sse.decode(self.response.chunks()):
            if event.data == "[DONE]":
                return
            chunk = orjson.loads(event.data)
            if "error" in chunk:
                raise UpstreamError(str(chunk["error"].get("message", chunk["error"])))
            self._take_usage(chunk.get("usage"))
            self.cost_usd = chunk.get("ragstone", {}).get("cost_usd", self.cost_usd)
            for choice in chunk.get("choices", []):
                if piece := choice.get("delta", {}).get("content"):
                    yield piece
        raise UpstreamError("the model's stream ended before its last event")

    def _take_usage(self, usage: dict[str, Any] | None) -> None:
        if usage:
            known = {name: usage.get(name) or 0 for name in Usage.model_fields}
            self.usage = Usage(**known)


class RouterClient(ServiceClient):
    @asynccontextmanager
    async def chat(
        self,
        caller: Caller,
        model: str,
        messages: list[dict[str, str]],
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> AsyncIterator[ChatStream]:
        """A streamed chat completion; ``options`` are further fields of the OpenAI request."""
        body = {"model": model, "messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        content = orjson.dumps(body | options)
        async with self.open(caller, "POST", "/v1/chat/completions", content, headers) as response:
            said = response.headers
            wanted, _, reason = said.get(FALLBACK_HEADER, "").partition("; ")
            cost = said.get(COST_HEADER, "unknown")
            yield ChatStream(
                response,
                model=said.get(MODEL_HEADER, model),
                fallback=Fallback(wanted=wanted, reason=reason) if wanted else None,
                cost_usd=None if cost == "unknown" else float(cost),
            )

    async def embed(self, caller: Caller, texts: Sequence[str], model: str = EMBEDDER) -> NDArray[np.float32]:
        """Unit vectors of the texts, shape ``(len(texts), dimensions)``."""
        body = {"model": model, "input": list(texts), "encoding_format": "base64"}
        async with self.open(caller, "POST", "/v1/embeddings", orjson.dumps(body)) as response:
            items = orjson.loads(await response.read())["data"]
        items.sort(key=lambda item: item["index"])
        return np.stack([np.frombuffer(base64.b64decode(item["embedding"]), dtype="<f4") for item in items])

    async def rerank(self, caller: Caller, query: str, documents: list[str], model: str = RERANKER) -> list[float]:
        """The relevance of each document to the query, from 0 to 1, in the documents' order."""
        request = RerankRequest(model=model, query=query, documents=documents)
        answer = await self.post(caller, "/v1/rerank", request, RerankResponse)
        scores = [0.0] * len(documents)
        for result in answer.results:
            scores[result.index] = result.relevance_score
        return scores

    async def list_models(self, caller: Caller) -> ModelList:
        return await self.get(caller, "/v1/models", ModelList)

    async def usage(self, caller: Caller, query: UsageQuery) -> UsageReport:
        """What the caller's tenant used, and what it cost."""
        return await self.post(caller, "/v1/usage", query, UsageReport)
