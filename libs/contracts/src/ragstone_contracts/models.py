"""The OpenAI wire, as far as the platform reads it; everything else in a body passes through untouched."""

from typing import Any, Literal

from pydantic import Field

from ragstone_contracts.model import OpenWire

EXTRACTIVE = "ragstone-extractive"
"""The chat model that is always there: it answers with sentences of the passages and cites each."""

LOCAL_WRITER = "ragstone-local-writer"
"""A small generative model that rephrases what the extractive model picked, checked against it."""

WRITER = "ragstone-writer"
"""The route an answer is written by: the configured writer if any, the extractive model as the last fallback."""

NO_ANSWER = "I found nothing in these documents that answers the question."
"""What the extractive and the local writer answer, exactly, when no passage holds an answer."""

EMBEDDER = "bge-small-en-v1.5"
RERANKER = "ms-marco-MiniLM-L-12-v2"
LATE_INTERACTION = "ragstone-late-interaction"
"""A reranker that compares the embedder's vectors of single words: it needs no model of its own."""

MODEL_HEADER = "x-ragstone-model"
FALLBACK_HEADER = "x-ragstone-fallback"
"""On a router's answer: ``<wanted model>; <reason>`` when another model than the first of the route answered."""
COST_HEADER = "x-ragstone-cost-usd"
"""On a router's answer: a decimal, or ``unknown``."""
CACHE_HEADER = "x-ragstone-cache"
"""On an answer of a route that keeps answers: ``miss``, or ``hit; age=SECONDS`` or ``semantic; age=SECONDS``."""
INDEX_VERSION_HEADER = "x-ragstone-index-version"
"""On a request: the state of the documents it was written from. Answers are never kept from one state to another."""


class Message(OpenWire):
    """``content`` is text, or a list of parts of which the text ones are read."""

    role: str
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")
        return self.content or ""


class ChatCompletionRequest(OpenWire):
    model: str
    messages: list[Message] = Field(min_length=1)
    stream: bool = False


class EmbeddingRequest(OpenWire):
    model: str = EMBEDDER
    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"
    """``base64`` is little-endian float32, as OpenAI has it; it is several times cheaper to carry."""


class EmbeddingItem(OpenWire):
    object: str = "embedding"
    index: int
    embedding: list[float] | str


class TokenUsage(OpenWire):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class EmbeddingResponse(OpenWire):
    object: str = "list"
    data: list[EmbeddingItem]
    model: str
    usage: TokenUsage = TokenUsage()


class RerankRequest(OpenWire):
    model: str = RERANKER
    query: str
    documents: list[str]
    top_n: int | None = Field(default=None, ge=1)


class RerankResult(OpenWire):
    """``index`` points into the request's documents; ``relevance_score`` is from 0 to 1."""

    index: int
    relevance_score: float


class RerankResponse(OpenWire):
    model: str
    results: list[RerankResult]


class ModelCard(OpenWire):
    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "ragstone"


class ModelList(OpenWire):
    object: str = "list"
    data: list[ModelCard]
