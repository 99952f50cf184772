"""A run: everything one measurement saw, as an artefact that can be read, compared and reported again."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, FiniteFloat, model_validator

from ragstone_contracts.errors import RagstoneError
from ragstone_evals.bounded import OnDone, map_bounded
from ragstone_evals.dataset import Dataset, Sample
from ragstone_evals.environment import code_revision, environment
from ragstone_evals.metric import Metric
from ragstone_evals.scorer import Failure, Scorer, checked

Produce = Callable[[Sample], Awaitable[Any]]
"""Gets the output for a sample, a JSON value; a RagstoneError it raises is the sample's failure."""


class _Artefact(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(_Artefact):
    """One sample's output with its scores, or with why there are none; ``seconds`` is the wait for the output."""

    sample: str
    cluster: str | None
    output: Any
    scores: dict[str, FiniteFloat]
    failure: str | None
    seconds: float

    @model_validator(mode="after")
    def _scores_or_failure(self) -> "Item":
        if bool(self.scores) == (self.failure is not None):
            raise ValueError("an item has either scores or a failure")
        return self


class DatasetReference(_Artefact):
    name: str
    content_hash: str
    samples: int


class Run(_Artefact):
    """``config`` is what was asked for, ``environment`` where it was measured, ``revision`` the code's commit."""

    format: Literal[1] = 1
    task: str
    name: str
    dataset: DatasetReference
    config: dict[str, Any]
    revision: str
    environment: dict[str, str]
    metrics: list[Metric]
    items: list[Item]
    started: datetime
    finished: datetime

    @model_validator(mode="after")
    def _every_item_has_every_metric(self) -> "Run":
        wanted = {metric.name for metric in self.metrics}
        if any(item.failure is None and item.scores.keys() != wanted for item in self.items):
            raise ValueError("an item's scores do not fit the run's metrics")
        return self

    def clusters(self) -> list[Hashable]:
        """What each item is to be resampled with: its cluster, or itself alone."""
        return [("sample", item.sample) if item.cluster is None else ("cluster", item.cluster) for item in self.items]

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json() + "\n")

    @classmethod
    def load(cls, path: Path) -> "Run":
        """Raises ValueError for a file that is not a run."""
        return cls.model_validate_json(path.read_bytes())


def file_name(run: Run) -> str:
    """The run's name, as every file system takes it: a strategy's may hold a colon."""
    return run.name.replace(":", "=")


@dataclass(frozen=True)
class Experiment:
    """What is to be measured: a dataset, a scorer, and the configuration under test."""

    task: str
    name: str
    dataset: Dataset
    scorer: Scorer
    config: dict[str, Any]


async def measure(
    experiment: Experiment, produce: Produce, *, concurrency: int = 8, on_done: OnDone | None = None
) -> Run:
    """Get and score an output for every sample, at most ``concurrency`` at a time."""
    started = datetime.now(UTC)
    item_of = partial(_measure_one, experiment.scorer, produce)
    items = await map_bounded(experiment.dataset.samples, item_of, concurrency=concurrency, on_done=on_done)
    dataset = experiment.dataset
    return Run(
        task=experiment.task,
        name=experiment.name,
        dataset=DatasetReference(name=dataset.name, content_hash=dataset.content_hash, samples=len(dataset.samples)),
        config=experiment.config,
        revision=code_revision(),
        environment=environment(),
        metrics=list(experiment.scorer.metrics),
        items=items,
        started=started,
        finished=datetime.now(UTC),
    )


async def _measure_one(scorer: Scorer, produce: Produce, sample: Sample) -> Item:
    started, failure = perf_counter(), None
    try:
        output = await produce(sample)
    except RagstoneError as error:
        output, failure = None, Failure(f"{error.code}: {error.detail}")
    seconds = perf_counter() - started
    result = failure or checked(scorer, scorer.score(sample, output))
    return Item(
        sample=sample.id,
        cluster=sample.cluster,
        output=output,
        scores={} if isinstance(result, Failure) else result,
        failure=result.reason if isinstance(result, Failure) else None,
        seconds=seconds,
    )
