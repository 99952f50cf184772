"""Reciprocal rank fusion: one order out of several whose scores cannot be compared."""

from collections.abc import Mapping, Sequence

from ragstone_retrieval.candidates import Candidate

FUSION = "fusion"


def fuse(legs: Mapping[str, Sequence[Candidate]], weights: Mapping[str, float], k: int) -> list[Candidate]:
    """The candidates of all legs, best first; each is worth the sum of ``weight / (k + rank)`` over its legs.

    ``rank`` counts from 1 in each leg. Equal sums keep the order in which the legs are named.
    """
    worth: dict[str, float] = {}
    merged: dict[str, Candidate] = {}
    for name, leg in legs.items():
        for rank, candidate in enumerate(leg, start=1):
            chunk_id = candidate.chunk.chunk_id
            worth[chunk_id] = worth.get(chunk_id, 0.0) + weights[name] / (k + rank)
            known = merged.setdefault(chunk_id, candidate)
            merged[chunk_id] = known.scored(name, candidate.score)
    fused = [candidate.scored(FUSION, worth[chunk_id]) for chunk_id, candidate in merged.items()]
    return sorted(fused, key=lambda candidate: -candidate.score)
