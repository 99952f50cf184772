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
    shares = {name: weights[name] / (sum(weights.values()) or 1.0) for name in legs}
    scales = {name: _scale(leg, usual) for name, leg in legs.items()}
    least = sum(shares[name] * scale.least for name, scale in scales.items())

    def gain(leg: str, _: int, score: float) -> float:
        return shares[leg] * (scales[leg](score) - scales[leg].least)

    return _summed(legs, gain, least)


@dataclass(frozen=True)
class _Scale:
    mean: float
    deviation: float
    lowest: float

    def __call__(self, score: float) -> float:
        return (score - self.mean) / self.deviation if self.deviation else 0.0

    @property
    def least(self) -> float:
        return self(self.lowest)


def _scale(leg: Sequence[Candidate], usual: int) -> _Scale:
    scores = [candidate.score for candidate in leg]
    padding = [0.0] * (usual - len(scores))
    head = np.array([*scores[:usual], *padding] or [0.0])
    return _Scale(float(head.mean()), float(head.std()), min([*scores, *padding], default=0.0))


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
    for name, leg in legs.items():
        for rank, candidate in enumerate(leg, start=1):
            chunk_id = candidate.chunk.chunk_id
            worth[chunk_id] = worth.get(chunk_id, least) + gain(name, rank, candidate.score)
            merged[chunk_id] = merged.setdefault(chunk_id, candidate).scored(name, candidate.score)
    fused = [candidate.scored(FUSION, worth[chunk_id]) for chunk_id, candidate in merged.items()]
    return sorted(fused, key=lambda candidate: -candidate.score)
