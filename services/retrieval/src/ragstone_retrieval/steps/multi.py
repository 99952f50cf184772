"""Multi-query fusion: the question asked in several ways, and what all of them find as one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ragstone_retrieval.candidates import Candidate, as_passages, shares
from ragstone_retrieval.fusion import stand_out
from ragstone_retrieval.legs import Legs
from ragstone_retrieval.numbers import Number
from ragstone_retrieval.query import Query
from ragstone_retrieval.rephrasing import rephrased

MULTI = "multi"
_OWN = 3.0
"""The weight of the question as it was asked, against 1 for all others together."""


@dataclass(frozen=True)
class MultiQuery:
    """Searches for the other wordings that the request brings, else for up to ``number`` made by rules."""

    legs: Legs
    numbers = Number(usual=3, least=1, most=10)

    async def run(self, query: Query, candidates: list[Candidate], number: float) -> list[Candidate]:
        texts = query.request.queries or rephrased(query.text)[: int(number)]
        if not texts:
            return candidates
        with query.watch.stage(MULTI):
            others = await asyncio.gather(*(self._found(query.asking(text)) for text in texts))
        return _fused(candidates, others)

    async def _found(self, query: Query) -> list[Candidate]:
        found = await self.legs.find(query, self.legs.least(query))
        return as_passages(found.candidates)


def _fused(own: list[Candidate], others: Sequence[list[Candidate]]) -> list[Candidate]:
    """Each candidate with the stages of the search that found it, the question's own first."""
    searches = {str(number): _from_0_to_1(found) for number, found in enumerate([own, *others])}
    weights = {name: 1 / len(others) for name in searches} | {"0": _OWN}
    by_id = {candidate.chunk.chunk_id: candidate for found in (*others, own) for candidate in found}
    fused = stand_out(searches, weights)
    return as_passages(by_id[one.chunk.chunk_id].scored(MULTI, one.score) for one in fused)


def _from_0_to_1(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [replace(one, score=share) for one, share in zip(candidates, shares(candidates), strict=True)]
