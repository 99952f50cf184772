"""Metrics of a ranking, as trec_eval defines them, and the scorer made of them.

``ranking`` lists document ids, best first, each at most once; ``relevant`` maps a document id to its grade, and a grade
above 0 is relevant. Without a relevant document none of them is defined: they raise ValueError.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ragstone_evals.dataset import Sample
from ragstone_evals.metric import Metric
from ragstone_evals.scorer import Failure, Scores

Relevant = Mapping[str, float]


def rank(scored: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """Documents in the order in which search returned the first chunk of each, with that chunk's score.

    The order is what a caller gets; scores need not follow it, since a step such as MMR orders by more than relevance.
    """
    first: dict[str, float] = {}
    for document, score in scored:
        first.setdefault(document, score)
    return list(first.items())


def recall_at(k: int, ranking: Sequence[str], relevant: Relevant) -> float:
    """The share of the relevant documents among the first ``k``."""
    wanted = _wanted(ranking, relevant)
    return len(wanted.intersection(ranking[:k])) / len(wanted)


def hit_at(k: int, ranking: Sequence[str], relevant: Relevant) -> float:
    """1 when a relevant document is among the first ``k``, else 0."""
    return float(not _wanted(ranking, relevant).isdisjoint(ranking[:k]))


def reciprocal_rank(ranking: Sequence[str], relevant: Relevant) -> float:
    """1 / the place of the first relevant document, 0 when there is none; its mean is MRR."""
    wanted = _wanted(ranking, relevant)
    return next((1 / place for place, document in enumerate(ranking, 1) if document in wanted), 0.0)


def ndcg_at(k: int, ranking: Sequence[str], relevant: Relevant) -> float:
    """Discounted gain of the first ``k`` over that of the best ranking possible; the gain is the grade itself."""
    _wanted(ranking, relevant)
    found = _discounted(relevant.get(document, 0.0) for document in ranking[:k])
    return found / _discounted(sorted(relevant.values(), reverse=True)[:k])


def _discounted(grades: Iterable[float]) -> float:
    return sum(max(grade, 0.0) / math.log2(place + 1) for place, grade in enumerate(grades, 1))


def _wanted(ranking: Sequence[str], relevant: Relevant) -> set[str]:
    if len(set(ranking)) < len(ranking):
        raise ValueError("a document stands in the ranking twice")
    wanted = {document for document, grade in relevant.items() if grade > 0}
    if not wanted:
        raise ValueError("no relevant document is known")
    return wanted


@dataclass(frozen=True)
class RankingScorer:
    """Scores an output ``{"ranking": [[document, score], ...]}``, best first; the target is grades by document."""

    ndcg: Sequence[int] = (10,)
    recall: Sequence[int] = (10, 100)
    hit: Sequence[int] = (5,)
    metrics: Sequence[Metric] = field(init=False)

    def __post_init__(self) -> None:
        names = [f"nDCG@{k}" for k in self.ndcg] + [f"R@{k}" for k in self.recall]
        names += [f"hit@{k}" for k in self.hit] + ["MRR"]
        object.__setattr__(self, "metrics", [Metric(name=name) for name in names])

    def score(self, sample: Sample, output: Any) -> Scores | Failure:
        ranking, relevant = [document for document, _ in output["ranking"]], sample.target
        try:
            return {
                **{f"nDCG@{k}": ndcg_at(k, ranking, relevant) for k in self.ndcg},
                **{f"R@{k}": recall_at(k, ranking, relevant) for k in self.recall},
                **{f"hit@{k}": hit_at(k, ranking, relevant) for k in self.hit},
                "MRR": reciprocal_rank(ranking, relevant),
            }
        except ValueError as error:
            return Failure(str(error))
