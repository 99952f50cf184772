"""The Task port, and the tasks that are installed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from ragstone_clients.gateway import GatewayClient
from ragstone_evals.compare import Comparison
from ragstone_evals.run import Run

GROUP = "ragstone.evals"

OnProgress = Callable[[str, int, int], None]
"""Told a stage, how much of it is done, and of how much."""

OnRun = Callable[[Run], None]


def _nothing(_: Run) -> None:
    pass


class UnknownTask(ValueError):
    """No installed package brings a task of this name."""


@dataclass(frozen=True)
class TaskContext:
    """``data`` is the folder of the task's data set, None for the task's own default; ``limit`` asks for a part of it,
    of about this many samples. ``strategies`` are to be measured in place of the task's own, each against the first.
    ``on_run`` is given each run as soon as it is measured."""

    client: GatewayClient
    data: Path | None
    limit: int | None
    concurrency: int
    on_progress: OnProgress
    strategies: Sequence[str] = ()
    on_run: OnRun = _nothing


@dataclass(frozen=True)
class Outcome:
    """What a task measured, and the comparisons it is about."""

    runs: Sequence[Run]
    comparisons: Sequence[Comparison]


class Task(Protocol):
    """Something to measure. An entry point of the group ``ragstone.evals`` names a factory without arguments."""

    async def run(self, context: TaskContext) -> Outcome: ...


def task_names() -> list[str]:
    return sorted(entry_points(group=GROUP).names)


def load_task(name: str) -> Task:
    """Raises UnknownTask."""
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        raise UnknownTask(f"no task {name!r}; there are: {', '.join(task_names()) or 'none'}")
    task: Task = found[0].load()()
    return task
