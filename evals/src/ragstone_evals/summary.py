"""One figure for a run, with its interval and how much of the run it rests on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ragstone_evals.metric import Metric
from ragstone_evals.run import Run
from ragstone_evals.statistics import Interval, bootstrap_mean


@dataclass(frozen=True)
class Summary:
    """``coverage`` is the share of samples that have a score of their own. One sample alone has no interval."""

    metric: str
    mean: float
    interval: Interval | None
    samples: int
    failed: int

    @property
    def coverage(self) -> float:
        return 1 - self.failed / self.samples


def metric_values(run: Run, metric: Metric) -> NDArray[np.float64]:
    """A value for each item of the run, in order; ``worst`` for those that failed."""
    return np.array([item.scores[metric.name] if item.failure is None else metric.worst for item in run.items])


def summarise(run: Run, metric: Metric) -> Summary:
    values, clusters = metric_values(run, metric), run.clusters()
    return Summary(
        metric=metric.name,
        mean=float(values.mean()),
        interval=bootstrap_mean(values, clusters) if len(set(clusters)) > 1 else None,
        samples=len(values),
        failed=sum(item.failure is not None for item in run.items),
    )
