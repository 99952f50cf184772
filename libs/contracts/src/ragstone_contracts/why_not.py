"""Why a search does not find a document, or where it finds it."""

from typing import Any

from pydantic import Field

from ragstone_contracts.model import Wire
from ragstone_contracts.search import InferredFilter, SearchRequest


class WhyNotRequest(SearchRequest):
    """The search as it was made, and what was missed; ``chunk_id`` asks for one chunk of the document alone."""

    document_id: str = Field(min_length=1, max_length=200)
    chunk_id: str | None = Field(default=None, min_length=1, max_length=200)


class StageRank(Wire):
    """Where the document's best chunk stood after a stage that kept ``kept`` candidates, the last with ``least``.

    ``rank`` counts from 1; ``passed`` says whether it was kept, for the rank in a leg is known beyond that. Without a
    rank the document was not there at all.
    """

    stage: str
    kept: int
    least: float | None = None
    rank: int | None = None
    score: float | None = None
    chunk_id: str | None = None
    passed: bool = False


class ConditionCheck(Wire):
    """One condition of the filter by itself: whether the document meets it, and what it has in those fields."""

    condition: dict[str, Any]
    met: bool
    values: dict[str, list[Any]] = {}


class WhyNot(Wire):
    """``reason`` is a code, ``detail`` the same as a sentence.

    ``retrieved``: it is found, at ``rank``. ``other_collection``, ``not_ready``, ``not_visible_then``,
    ``access_pending``, ``filter``, ``inferred_filter``: it could not be found; ``conditions`` say which part of the
    filter hid it. ``no_common_term``, ``beyond_candidates``: no leg brought it. ``duplicate``: the chunk ``of`` has its
    text or its range. ``fusion`` or a step's name: that stage left it out. ``beyond_limit``: there are too many better.
    """

    reason: str
    detail: str
    document_id: str
    title: str
    rank: int | None = None
    of: str | None = None
    stages: list[StageRank] = []
    conditions: list[ConditionCheck] = []
    inferred: list[InferredFilter] = []
    strategy: str
    degraded: list[str] = []
    sequences: dict[str, int] = {}
    """Collection id -> the sequence number it was searched at."""
