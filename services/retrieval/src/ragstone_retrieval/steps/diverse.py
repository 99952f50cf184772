"""Diversity by document: a long report does not fill the page."""

from collections import Counter
from collections.abc import Iterable

from ragstone_retrieval.candidates import Candidate
from ragstone_retrieval.numbers import Number
from ragstone_retrieval.query import Query

DIVERSE = "diverse"


class Diverse:
    """At most ``number`` candidates of a document, its best."""

    numbers = Number(usual=2, least=1, most=100)

    async def run(self, query: Query, candidates: list[Candidate], number: float) -> list[Candidate]:
        return at_most(candidates, int(number))


def at_most(candidates: Iterable[Candidate], number: int) -> list[Candidate]:
    """The candidates without those that ``number`` of the same document come before."""
    kept: list[Candidate] = []
    held: Counter[str] = Counter()
    for candidate in candidates:
        held[candidate.chunk.document_id] += 1
        if held[candidate.chunk.document_id] <= number:
            kept.append(candidate)
    return kept
