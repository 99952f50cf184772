import pytest

from ragstone_evals.summary import summarise

from .conftest import POINTS, run_of


def test_a_failed_sample_counts_as_the_worst_and_shows_in_the_coverage() -> None:
    summary = summarise(run_of([1.0, 1.0, 1.0, None]), POINTS)
    assert (summary.mean, summary.coverage, summary.failed) == (0.75, 0.75, 1)


def test_the_interval_covers_failures_too() -> None:
    interval = summarise(run_of([1.0] * 50 + [None] * 50), POINTS).interval
    assert interval is not None
    assert interval.low == pytest.approx(0.4, abs=0.05)
    assert interval.high == pytest.approx(0.6, abs=0.05)


def test_one_sample_has_a_mean_and_no_interval() -> None:
    summary = summarise(run_of([0.5]), POINTS)
    assert (summary.mean, summary.interval) == (0.5, None)


def test_one_cluster_has_no_interval() -> None:
    assert summarise(run_of([0.5, 0.7], clusters=["a", "a"]), POINTS).interval is None
