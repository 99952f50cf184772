import asyncio
from pathlib import Path
from typing import Any

import pytest

from ragstone_contracts.errors import Unavailable
from ragstone_evals.dataset import Dataset, Sample
from ragstone_evals.metric import Metric
from ragstone_evals.run import Experiment, Run, measure
from ragstone_evals.scorer import Failure, Scores

DATASET = Dataset("sums", [Sample(id=str(n), input=n, target=n + 1, metadata={"cluster": n % 2}) for n in range(6)])


class Exactness:
    """Scores 1 for the target, 0 for anything else; a negative output makes its value NaN, None cannot be judged."""

    metrics = [Metric(name="exact")]

    def score(self, sample: Sample, output: Any) -> Scores | Failure:
        if output is None:
            return Failure("nothing to judge")
        return {"exact": float("nan") if output < 0 else float(output == sample.target)}


EXPERIMENT = Experiment("sums", "sums-fast", DATASET, Exactness(), {"mode": "fast"})


async def _right(sample: Sample) -> Any:
    await asyncio.sleep(0.001 * (6 - sample.input))
    return sample.input + 1


async def test_items_stand_in_the_order_of_the_samples_whoever_came_first() -> None:
    run = await measure(EXPERIMENT, _right)
    assert [(item.sample, item.output, item.scores) for item in run.items] == [
        (sample.id, sample.target, {"exact": 1.0}) for sample in DATASET.samples
    ]


async def test_a_run_says_what_it_measured_and_where() -> None:
    run = await measure(EXPERIMENT, _right)
    assert run.dataset.content_hash == DATASET.content_hash
    assert run.config == {"mode": "fast"}
    assert run.environment["python"]
    assert run.revision
    assert run.started < run.finished
    assert [item.cluster for item in run.items] == ["0", "1"] * 3
    assert all(item.seconds > 0 for item in run.items)


async def test_a_run_reads_back_as_it_was_written(tmp_path: Path) -> None:
    run = await measure(EXPERIMENT, _right)
    run.save(tmp_path / "new" / "run.json")
    assert Run.load(tmp_path / "new" / "run.json") == run


async def test_a_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"format": 1}')
    with pytest.raises(ValueError, match="validation error"):
        Run.load(tmp_path / "other.json")


async def test_an_error_answer_is_a_failure_of_its_sample_alone() -> None:
    async def produce(sample: Sample) -> Any:
        if sample.id == "2":
            raise Unavailable("the index is closed")
        return sample.target

    run = await measure(EXPERIMENT, produce)
    assert [item.failure for item in run.items if item.failure] == ["unavailable: the index is closed"]
    assert sum(item.scores.get("exact", 0) for item in run.items) == 5


@pytest.mark.parametrize(("output", "reason"), [(-1, "not a number: exact"), (None, "nothing to judge")])
async def test_a_value_that_is_not_a_number_is_a_failure(output: Any, reason: str) -> None:
    async def produce(_: Sample) -> Any:
        return output

    assert {item.failure for item in (await measure(EXPERIMENT, produce)).items} == {reason}


async def test_a_scorer_that_forgets_a_metric_is_a_failure() -> None:
    class Forgetful(Exactness):
        metrics = [Metric(name="exact"), Metric(name="style")]

    forgetful = Experiment("sums", "sums", DATASET, Forgetful(), {})
    run = await measure(forgetful, _right)
    assert {item.failure for item in run.items} == {"the scorer's values do not fit its metrics: style"}


async def test_a_mistake_in_the_program_is_raised_as_it_is() -> None:
    async def produce(sample: Sample) -> Any:
        raise KeyError(sample.id)

    with pytest.raises(KeyError):
        await measure(EXPERIMENT, produce)


async def test_no_more_than_the_given_number_run_at_once() -> None:
    running = most = 0

    async def produce(sample: Sample) -> Any:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return sample.target

    seen: list[tuple[int, int]] = []
    await measure(EXPERIMENT, produce, concurrency=2, on_done=lambda done, total: seen.append((done, total)))
    assert most == 2
    assert seen == [(done, 6) for done in range(1, 7)]
