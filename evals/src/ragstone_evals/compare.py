"""Two runs over the same samples: what changed, and whether the change is more than chance."""

from dataclasses import dataclass

from ragstone_evals.metric import Metric
from ragstone_evals.run import Run
from ragstone_evals.statistics import Interval, bootstrap_mean, minimum_detectable_effect
from ragstone_evals.summary import metric_values


class IncomparableRuns(ValueError):
    """The runs did not answer the same samples, or share no metric."""


@dataclass(frozen=True)
class Difference:
    """``interval`` bounds the paired difference, after minus before; ``detectable`` is the smallest true difference
    that this many samples would show with 80% power."""

    metric: str
    before: float
    after: float
    interval: Interval
    detectable: float

    @property
    def significant(self) -> bool:
        return self.interval.low > 0 or self.interval.high < 0

    @property
    def regressed(self) -> bool:
        """True when the whole interval lies below zero: a gate blocks on this alone."""
        return self.interval.high < 0


@dataclass(frozen=True)
class Comparison:
    before: Run
    after: Run
    differences: list[Difference]

    def difference(self, metric: str) -> Difference:
        """Raises IncomparableRuns for a metric the runs do not share."""
        for difference in self.differences:
            if difference.metric == metric:
                return difference
        raise IncomparableRuns(f"{metric!r} is not a metric of both runs")


def compare(before: Run, after: Run) -> Comparison:
    """The paired differences of every metric both runs have; failures count as each metric's worst.

    Raises IncomparableRuns.
    """
    if before.dataset.content_hash != after.dataset.content_hash:
        raise IncomparableRuns(f"{before.name!r} and {after.name!r} ran over different datasets")
    if [item.sample for item in before.items] != [item.sample for item in after.items]:
        raise IncomparableRuns(f"{before.name!r} and {after.name!r} answered different samples")
    shared = [metric for metric in before.metrics if metric in after.metrics]
    if not shared:
        raise IncomparableRuns(f"{before.name!r} and {after.name!r} share no metric")
    return Comparison(before, after, [_difference(before, after, metric) for metric in shared])


def _difference(before: Run, after: Run, metric: Metric) -> Difference:
    values_before, values_after = metric_values(before, metric), metric_values(after, metric)
    change, clusters = values_after - values_before, before.clusters()
    return Difference(
        metric=metric.name,
        before=float(values_before.mean()),
        after=float(values_after.mean()),
        interval=bootstrap_mean(change, clusters),
        detectable=minimum_detectable_effect(change, clusters),
    )
