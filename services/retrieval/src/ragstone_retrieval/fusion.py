"""Fusion: one order out of several whose scores cannot be compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ragstone_retrieval.candidates import Candidate

FUSION = "fusion"

_HEAD = 50
"""So many hits of a leg say what is usual in it, whatever a request's limit: no score depends on that."""


def stand_out(legs: Mapping[str, Sequence[Candidate]], weights: Mapping[str, float]) -> list[Candidate]:
    """The candidates of all legs by how far each stands out from the others of its leg, best first.

    The worth of a hit is by how many standard deviations of its leg's first hits it scores above their mean. A leg that
    is sure of a few hits gives these more weight than one to which all look alike: this is how each query decides which
    leg to believe. A candidate that a leg did not bring has the least that leg gives. A leg with fewer hits than
    another scored nothing else above 0, and the zeros count. ``weights`` are relative.
    """
    usual = min(_HEAD, max((len(leg) for leg in legs.values()), default=0))
    total = sum(weights[name] for name in legs) or 1.0
    spreads = {name: _spread(leg, usual, weights[name] / total) for name, leg in legs.items()}
    least = sum((spread.lowest - spread.mean) * spread.slope for spread in spreads.values())

    def gain(leg: str, _: int, score: float) -> float:
        return (score - spreads[leg].lowest) * spreads[leg].slope

    return _summed(legs, gain, least)


@dataclass(frozen=True)
class _Spread:
    """``slope`` is what a leg adds to the sum for each unit of its own score: its share of the weights divided by its
    deviation, 0 where all score the same."""

    lowest: float
    mean: float
    slope: float


def _spread(leg: Sequence[Candidate], usual: int, share: float) -> _Spread:
    scores = [candidate.score for candidate in leg]
    padding = [0.0] * (usual - len(scores))
    head = np.array([*scores[:usual], *padding] or [0.0])
    deviation = float(head.std())
    slope = share / deviation if deviation else 0.0
    return _Spread(min([*scores, *padding], default=0.0), float(head.mean()), slope)


def by_rank(legs: Mapping[str, Sequence[Candidate]], k: int) -> list[Candidate]:
    """Reciprocal rank fusion: each candidate is worth the sum of ``1 / (k + rank)`` over its legs, best first.

    ``rank`` counts from 1 in each leg. Equal sums keep the order in which the legs are named.
    """
    return _summed(legs, lambda _, rank, __: 1 / (k + rank), 0.0)


def _summed(
    legs: Mapping[str, Sequence[Candidate]], gain: Callable[[str, int, float], float], least: float
) -> list[Candidate]:
    """Every candidate with what each leg gave it; ``gain`` takes a leg, the rank in it and the score."""
    worth: dict[str, float] = {}
    merged: dict[str, Candidate] = {}
    stages: dict[str, dict[str, float]] = {}
    for name, leg in legs.items():
        for rank, candidate in enumerate(leg, start=1):
            chunk_id = candidate.chunk.chunk_id
            merged.setdefault(chunk_id, candidate)
            worth[chunk_id] = worth.get(chunk_id, least) + gain(name, rank, candidate.score)
            stages.setdefault(chunk_id, {}).update({**candidate.stages, name: candidate.score})
    best = sorted(worth, key=lambda chunk_id: -worth[chunk_id])
    return [Candidate(merged[one].chunk, worth[one], {**stages[one], FUSION: worth[one]}) for one in best]
