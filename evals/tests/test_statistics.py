import numpy as np
import pytest

from ragstone_evals.statistics import Method, bootstrap_mean, minimum_detectable_effect


@pytest.mark.parametrize("method", ["bca", "percentile"])
def test_the_interval_of_a_normal_mean_is_the_textbook_one(method: Method) -> None:
    values = np.random.default_rng(1).normal(0.5, 0.2, 1000)
    interval = bootstrap_mean(values, method=method)
    error = 1.96 * values.std(ddof=1) / np.sqrt(1000)
    assert interval.estimate == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - error, abs=0.001)
    assert interval.high == pytest.approx(values.mean() + error, abs=0.001)


def test_bca_follows_the_skew_of_the_data() -> None:
    values = np.random.default_rng(2).exponential(1.0, 40)
    bca, percentile = (bootstrap_mean(values, method=method) for method in ("bca", "percentile"))
    assert bca.low > percentile.low
    assert bca.high > percentile.high


def test_intervals_cover_the_true_mean_as_often_as_they_say() -> None:
    generator = np.random.default_rng(3)
    covered = 0
    for seed in range(200):
        interval = bootstrap_mean(generator.exponential(1.0, 60), resamples=1000, seed=seed)
        covered += interval.low <= 1.0 <= interval.high
    assert 180 <= covered <= 198


def test_the_same_seed_gives_the_same_interval() -> None:
    values = [0.1, 0.4, 0.8, 0.9]
    assert bootstrap_mean(values, seed=7) == bootstrap_mean(values, seed=7)
    assert bootstrap_mean(values, seed=7) != bootstrap_mean(values, seed=8)


def test_copies_in_a_cluster_do_not_narrow_the_interval() -> None:
    values = np.random.default_rng(4).uniform(size=50)
    alone = bootstrap_mean(values)
    copied = bootstrap_mean(np.repeat(values, 10), list(np.repeat(np.arange(50), 10)))
    naive = bootstrap_mean(np.repeat(values, 10))
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    assert naive.high - naive.low < 0.5 * (alone.high - alone.low)


def test_equal_values_have_no_spread() -> None:
    interval = bootstrap_mean([0.25] * 10)
    assert (interval.low, interval.estimate, interval.high) == (0.25, 0.25, 0.25)
    assert minimum_detectable_effect([0.25] * 10) == 0


@pytest.mark.parametrize(
    ("values", "clusters"), [([1.0], None), ([], None), ([1.0, 2.0], ["one", "one"]), ([1.0, float("nan")], None)]
)
def test_too_little_or_broken_data_has_no_interval(values: list[float], clusters: list[str] | None) -> None:
    with pytest.raises(ValueError, match="interval"):
        bootstrap_mean(values, clusters)


def test_the_detectable_effect_is_detected_four_times_in_five() -> None:
    generator = np.random.default_rng(5)
    effect = minimum_detectable_effect(generator.normal(0, 0.3, 4000)) * np.sqrt(4000 / 200)
    found = sum(
        bootstrap_mean(generator.normal(effect, 0.3, 200), resamples=1000, seed=seed).low > 0 for seed in range(200)
    )
    assert 145 <= found <= 175
