"""Recency: what is new comes before what is as good and old."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ragstone_index.filters import kind_of, measure
from ragstone_retrieval.candidates import Candidate, best_first, shares
from ragstone_retrieval.numbers import Number
from ragstone_retrieval.query import Query

RECENT = "recent"
_FIELDS = ("modified", "published", "created", "date")
"""The first of these metadata fields that holds a date says how old a chunk is."""
_UNDATED = 0.5
"""Half of what a chunk of today has: nobody knows how old it is."""


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class Recent:
    """A candidate keeps half of its worth, and of the other half as much as time leaves: half of that after each
    ``number`` days. What has not happened yet is as new as today."""

    today: Callable[[], date] = _today
    numbers = Number(usual=180, least=1, most=36_500, whole=False)

    async def run(self, query: Query, candidates: list[Candidate], number: float) -> list[Candidate]:
        now = self.today().toordinal()
        scored = [
            candidate.scored(RECENT, share * (0.5 + 0.5 * _freshness(candidate, now, number)))
            for candidate, share in zip(candidates, shares(candidates), strict=True)
        ]
        return best_first(scored)


def _freshness(candidate: Candidate, now: int, half_life: float) -> float:
    """From 1 for today down to 0."""
    metadata = candidate.chunk.metadata
    day = next((measure(metadata[name]) for name in _FIELDS if kind_of(metadata.get(name)) == "date"), None)
    return _UNDATED if day is None else 0.5 ** (max(now - day, 0.0) / half_life)
