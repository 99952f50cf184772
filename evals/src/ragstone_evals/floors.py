"""Figures that a run is held against, with where each of them was measured."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ragstone_evals.run import Run
from ragstone_evals.summary import Summary, summarise

_FILE = Path(__file__).with_name("floors.toml")


@dataclass(frozen=True)
class Floor:
    """``source`` says what gave the figure, and on what: it need not be the data that the run was made over."""

    run: str
    metric: str
    value: float
    source: str


@dataclass(frozen=True)
class Held:
    """A floor with what was measured beside it."""

    floor: Floor
    measured: Summary

    @property
    def met(self) -> bool:
        return self.measured.mean >= self.floor.value


def read_floors(path: Path = _FILE) -> list[Floor]:
    return [Floor(**row) for row in tomllib.loads(path.read_text())["floor"]]


def hold(runs: Sequence[Run], floors: Sequence[Floor]) -> list[Held]:
    """The floors of the metrics that the runs measured, in the order of the floors."""
    by_name: Mapping[str, Run] = {run.name: run for run in runs}
    return [
        Held(floor, summarise(by_name[floor.run], metric))
        for floor in floors
        if floor.run in by_name
        for metric in by_name[floor.run].metrics
        if metric.name == floor.metric
    ]
