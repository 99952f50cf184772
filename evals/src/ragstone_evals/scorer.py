"""The Scorer port: how good one output is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ragstone_evals.dataset import Sample
from ragstone_evals.metric import Metric

Scores = dict[str, float]
"""A value for each metric of the scorer, by name."""


@dataclass(frozen=True)
class Failure:
    """Why a sample has no scores. It still counts: see :class:`ragstone_evals.metric.Metric`."""

    reason: str


class Scorer(Protocol):
    """Judges outputs one by one."""

    @property
    def metrics(self) -> Sequence[Metric]: ...

    def score(self, sample: Sample, output: Any) -> Scores | Failure:
        """The output's value on every metric, or why it cannot be judged."""
        ...


def checked(scorer: Scorer, scores: Scores | Failure) -> Scores | Failure:
    """The scores, or a Failure when a metric is missing, unasked for or not a number."""
    if isinstance(scores, Failure):
        return scores
    wanted = {metric.name for metric in scorer.metrics}
    if wrong := wanted ^ scores.keys():
        return Failure(f"the scorer's values do not fit its metrics: {', '.join(sorted(wrong))}")
    if wrong := {name for name, value in scores.items() if not math.isfinite(value)}:
        return Failure(f"not a number: {', '.join(sorted(wrong))}")
    return scores
