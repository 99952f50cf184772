from pathlib import Path

import pytest

from ragstone_evals import task as task_module
from ragstone_evals.data_folder import NoData
from ragstone_evals.suite import run_suite
from ragstone_evals.task import Outcome, TaskContext

from .conftest import run_of


class _Numbers:
    async def run(self, context: TaskContext) -> Outcome:
        return Outcome([run_of([0.2, 0.8], "numbers")], [])


class _Missing:
    async def run(self, context: TaskContext) -> Outcome:
        raise NoData("name its folder with --data")


class _Entry:
    def __init__(self, factory: type[object]) -> None:
        self._factory = factory

    def load(self) -> type[object]:
        return self._factory


class _Entries(dict[str, type[object]]):
    """Two tasks in the place of those that are installed."""

    @property
    def names(self) -> set[str]:
        return set(self)


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: dict[str, type[object]] = {"numbers": _Numbers, "missing": _Missing}

    def entry_points(group: str, name: str | None = None) -> object:
        return (
            _Entries(installed) if name is None else tuple(_Entry(installed[one]) for one in installed if one == name)
        )

    monkeypatch.setattr(task_module, "entry_points", entry_points)


async def test_a_task_without_its_data_is_named_and_spoils_no_other(tasks: None, tmp_path: Path) -> None:
    context = TaskContext(None, None, None, 1, lambda *_: None)  # type: ignore[arg-type]  # these tasks ask nobody
    suite = await run_suite("all", ["missing", "numbers", "unknown"], context)
    assert list(suite.outcomes) == ["numbers"]
    assert suite.left_out == {"missing": "NoData: name its folder with --data", "unknown": "not installed"}
    page, summary = suite.save(tmp_path)
    assert "<h2>numbers</h2>" in page.read_text()
    assert "Not measured: `unknown` (not installed)." in summary.read_text()
