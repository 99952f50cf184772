"""Search: a query against one collection, and the scored chunks that came back."""

from typing import Any, Literal

from pydantic import Field

from ragstone_contracts.model import Wire

ALL_COLLECTIONS = "*"
"""In place of a collection: every collection the caller may see."""

Strategy = Literal["dense", "sparse", "hybrid"]


class SearchRequest(Wire):
    """``collection`` is a name, an id or ``*`` for all the caller may see; ``filters`` maps a metadata field to the
    value, or list of accepted values, it must have."""

    query: str = Field(min_length=1, max_length=8000)
    collection: str = ALL_COLLECTIONS
    limit: int = Field(default=10, ge=1, le=200)
    strategy: Strategy | None = None
    filters: dict[str, Any] | None = None
    rerank: bool = False


class ScoredChunk(Wire):
    """A chunk and why it is here. ``stages`` holds its score at each stage that saw it, such as ``{"dense": .81}``.

    ``text == canonical[start:end]``. ``context`` is text from before it without which it says little, such as the first
    row of a table that was cut.
    """

    chunk_id: str
    document_id: str
    version: int
    title: str
    page: int | None = None
    start: int
    end: int
    text: str
    context: str | None = None
    score: float
    stages: dict[str, float] = {}
    metadata: dict[str, Any] = {}


class SearchResponse(Wire):
    results: list[ScoredChunk]
    inferred_filters: dict[str, Any] = {}
    strategy: Strategy
    degraded: list[str] = []
    """Stages left out because what they need could not be reached, such as ``dense`` without an embedder."""
    timings: dict[str, float] = {}
    """Seconds by stage."""
