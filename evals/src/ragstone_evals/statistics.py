"""Intervals by bootstrap, over clusters of samples that are not independent of one another.

A mean is resampled by drawing whole clusters with replacement; samples that share nothing are clusters of one. For the
difference of two runs over the same samples, pass the differences: pairing removes what the samples have in common.
BCa follows Efron and Tibshirani, An Introduction to the Bootstrap, chapter 14.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 5000
SEED = 20240
_BLOCK = 500

Floats = NDArray[np.float64]
Method = Literal["bca", "percentile"]
_normal = NormalDist()


@dataclass(frozen=True)
class Interval:
    """An estimate and the bounds of its confidence interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class _Clusters:
    """Sum and number of the samples of each cluster; at least two."""

    sums: Floats
    sizes: Floats

    @classmethod
    def of(cls, values: ArrayLike, clusters: Sequence[Hashable] | None) -> "_Clusters":
        numbers = np.asarray(values, dtype=np.float64)
        if not np.isfinite(numbers).all():
            raise ValueError("a value is not a number; decide what a failure counts before asking for an interval")
        names = range(len(numbers)) if clusters is None else clusters
        index = {name: position for position, name in enumerate(dict.fromkeys(names))}
        if len(index) < 2:
            raise ValueError("an interval needs at least two independent samples or clusters")
        labels = np.array([index[name] for name in names])
        return cls(np.bincount(labels, numbers).astype(np.float64), np.bincount(labels).astype(np.float64))

    @property
    def mean(self) -> float:
        return float(self.sums.sum() / self.sizes.sum())

    def resampled(self, resamples: int, seed: int) -> Floats:
        """Sorted means of ``resamples`` draws."""
        generator, count = np.random.default_rng(seed), len(self.sums)
        means = []
        for start in range(0, resamples, _BLOCK):
            drawn = generator.integers(0, count, (min(_BLOCK, resamples - start), count))
            means.append(self.sums[drawn].sum(axis=1) / self.sizes[drawn].sum(axis=1))
        return np.sort(np.concatenate(means))

    def without_each(self) -> Floats:
        """The mean with each cluster left out in turn."""
        means: Floats = (self.sums.sum() - self.sums) / (self.sizes.sum() - self.sizes)
        return means

    def standard_error(self) -> float:
        count = len(self.sums)
        residuals = self.sums - self.sizes * self.mean
        return float(np.sqrt(count / (count - 1) * (residuals**2).sum()) / self.sizes.sum())


def bootstrap_mean(
    values: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
    method: Method = "bca",
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Interval:
    """The mean with its interval; the same arguments give the same interval.

    Raises ValueError for values that are not numbers and for fewer than two clusters.
    """
    data = _Clusters.of(values, clusters)
    means, tail = data.resampled(resamples, seed), (1 - confidence) / 2
    levels = (tail, 1 - tail) if method == "percentile" else _bca_levels(data, means, tail)
    low, high = np.quantile(means, levels)
    return Interval(data.mean, float(low), float(high))


def _bca_levels(data: _Clusters, means: Floats, tail: float) -> tuple[float, float]:
    """The quantiles to read, corrected for the median bias and the skew of the resampled means."""
    below = (np.sum(means < data.mean) + np.sum(means <= data.mean)) / 2 / len(means)
    bias = _normal.inv_cdf(float(np.clip(below, 1 / len(means), 1 - 1 / len(means))))
    deviations = (jackknifed := data.without_each()).mean() - jackknifed
    spread = float((deviations**2).sum())
    acceleration = float((deviations**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0

    def level(probability: float) -> float:
        shifted = bias + _normal.inv_cdf(probability)
        return _normal.cdf(bias + shifted / (1 - acceleration * shifted))

    return level(tail), level(1 - tail)


def minimum_detectable_effect(
    values: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
    power: float = 0.8,
) -> float:
    """The smallest true mean, in the values' unit, that a two-sided test would tell from 0 with the given power.

    Pass paired differences. Raises ValueError as :func:`bootstrap_mean` does.
    """
    quantiles = _normal.inv_cdf((1 + confidence) / 2) + _normal.inv_cdf(power)
    return quantiles * _Clusters.of(values, clusters).standard_error()
