"""Data sets that are not shipped: where they are looked for."""

from pathlib import Path

from ragstone_evals.task import TaskContext

_REPOSITORY = Path(__file__).resolve().parents[3]
DATA = _REPOSITORY.parent / "shared" / "data"
"""Beside the checkout; ``--data`` names another place."""


class NoData(ValueError):
    """The data set is neither where it was said to be nor at its default place."""


def folder_of(context: TaskContext, name: str) -> Path:
    """The folder of a task's data set. Raises NoData, which says how to name another one."""
    folder = context.data or DATA / name
    if not folder.is_dir():
        raise NoData(f"the data set {name} is not shipped: name the folder that holds it with --data")
    return folder
