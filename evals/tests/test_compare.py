import numpy as np
import pytest

from ragstone_evals.compare import IncomparableRuns, compare

from .conftest import run_of

SAMPLES, CLUSTERS = 400, [str(number // 2) for number in range(400)]


def _correct(generator: np.random.Generator, chances: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[float]:
    return [float(value) for value in generator.uniform(size=len(chances)) < chances]


@pytest.mark.requirement("EVL-3")
def test_a_gate_stays_open_between_equals_in_95_of_100_seeds_and_more() -> None:
    passed = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        chances = np.repeat(generator.uniform(0.3, 1.0, SAMPLES // 2), 2)
        before, after = (run_of(_correct(generator, chances), clusters=CLUSTERS) for _ in range(2))
        passed += not compare(before, after).difference("points").regressed
    assert passed >= 190


@pytest.mark.requirement("EVL-3")
def test_a_planted_loss_of_five_points_closes_the_gate() -> None:
    generator = np.random.default_rng(6)
    before = generator.uniform(0.3, 1.0, SAMPLES)
    after = before - 0.05 + generator.normal(0, 0.1, SAMPLES)
    difference = compare(
        run_of(list(map(float, before)), clusters=CLUSTERS), run_of(list(map(float, after)), clusters=CLUSTERS)
    ).difference("points")
    assert difference.regressed
    assert difference.interval.estimate == pytest.approx(-0.05, abs=0.015)
    assert 0 < difference.detectable < 0.05


def test_a_gain_is_significant_and_no_regression() -> None:
    difference = compare(run_of([0.1] * 20 + [0.2] * 20), run_of([0.3] * 20 + [0.35] * 20)).difference("points")
    assert difference.significant
    assert not difference.regressed


def test_new_failures_are_a_loss() -> None:
    before, after = run_of([0.9] * 100), run_of([0.9] * 70 + [None] * 30)
    assert compare(before, after).difference("points").regressed


def test_runs_over_other_samples_are_not_compared() -> None:
    with pytest.raises(IncomparableRuns, match="different datasets"):
        compare(run_of([0.1, 0.2]), run_of([0.1, 0.2, 0.3]))


def test_runs_without_a_shared_metric_are_not_compared() -> None:
    before, after = run_of([0.1, 0.2]), run_of([0.1, 0.2])
    with pytest.raises(IncomparableRuns, match="no metric"):
        compare(before, after.model_copy(update={"metrics": []}))


def test_an_unknown_metric_cannot_gate() -> None:
    comparison = compare(run_of([0.1, 0.2]), run_of([0.1, 0.2]))
    with pytest.raises(IncomparableRuns, match="'beauty' is not"):
        comparison.difference("beauty")
