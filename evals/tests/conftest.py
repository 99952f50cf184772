"""Runs made of numbers, without a service."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ragstone_evals.dataset import content_hash
from ragstone_evals.metric import Metric
from ragstone_evals.run import DatasetReference, Item, Run

POINTS = Metric(name="points")


def run_of(values: Sequence[float | None], name: str = "run", clusters: Sequence[str] | None = None) -> Run:
    """A run whose samples have these values; None stands for a sample that failed."""
    items = [
        Item(
            sample=str(number),
            cluster=None if clusters is None else clusters[number],
            output=value,
            scores={} if value is None else {POINTS.name: value},
            failure="no answer" if value is None else None,
            seconds=0.1,
        )
        for number, value in enumerate(values)
    ]
    moment = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    return Run(
        task="numbers",
        name=name,
        dataset=DatasetReference(name="numbers", content_hash=content_hash([len(values)]), samples=len(values)),
        config={"name": name},
        revision="0" * 40,
        environment={"python": "3"},
        metrics=[POINTS],
        items=items,
        started=moment,
        finished=moment,
    )
