"""Search: a query against one collection, and the scored chunks that came back; what a model reads of them, and why a
document is not among them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ragstone_contracts.model import Wire

ALL_COLLECTIONS = "*"
"""In place of a collection: every collection the caller may see."""


class SearchRequest(Wire):
    """``collection`` is a name, an id or ``*`` for all the caller may see.

    ``strategy`` names the leg or legs that find candidates and, each after a ``+``, the steps that follow:
    ``hybrid+rerank+mmr``. A step may have a number behind a colon: ``hybrid+diverse:2``. ``rerank`` adds that step.

    ``filters`` maps a metadata field to the value or list of accepted values it must have, or to bounds as in
    ``{"year": {"gte": 2020}}``; conditions are joined by ``$and``, ``$or`` and ``$not``. ``infer_filters`` says whether
    further ones are read from the query; ``None`` takes the deployment's default.

    ``as_of`` asks what would have been found then: a snapshot's name, an ISO 8601 time, or a sequence number.
    """

    query: str = Field(min_length=1, max_length=8000)
    queries: list[Annotated[str, Field(min_length=1, max_length=8000)]] | None = Field(default=None, max_length=10)
    """Other ways to ask the same; they add the step ``multi``, which otherwise makes some by rules."""
    collection: str = ALL_COLLECTIONS
    limit: int = Field(default=10, ge=1, le=200)
    strategy: str | None = Field(default=None, max_length=200)
    filters: dict[str, Any] | None = None
    infer_filters: bool | None = None
    rerank: bool = False
    as_of: str | int | None = None


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


class InferredFilter(Wire):
    """What the query was understood to ask for: ``quote`` stands in it. ``applied`` says what became of that.

    ``filter``: only what has one of the values was searched. ``boost``: it comes before what is about as good.
    ``dropped``: too little would have been left.
    """

    field: str
    values: list[Any]
    quote: str
    applied: Literal["filter", "boost", "dropped"]


class SearchResponse(Wire):
    results: list[ScoredChunk]
    inferred_filters: dict[str, Any] = {}
    """Field -> values of those that were applied as a filter; all that was inferred is in ``inferred``."""
    inferred: list[InferredFilter] = []
    strategy: str
    degraded: list[str] = []
    """Stages left out because what they need could not be reached, such as ``dense`` without an embedder."""
    sequences: dict[str, int] = {}
    """Collection id -> the sequence number it was searched at."""
    timings: dict[str, float] = {}
    """Seconds by stage."""
