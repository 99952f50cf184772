"""Several tasks in one go, with one report over all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ragstone_contracts.errors import RagstoneError
from ragstone_evals.floors import read_floors
from ragstone_evals.report import render_suite
from ragstone_evals.summary_page import render_summary
from ragstone_evals.task import Outcome, TaskContext, load_task, task_names

SUITES: Mapping[str, Sequence[str]] = {
    "retrieval": ("scifact", "chunking", "tau_banking", "metadata", "fitz_gov", "scifact_reread")
}
"""The tasks of each suite, in the order of its report; those that are not installed are named as left out."""


@dataclass
class SuiteOutcome:
    """What each task measured, and why others did not; a task without its data spoils no other."""

    name: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    def save(self, folder: Path) -> list[Path]:
        """Write the report and its summary; returns both files."""
        floors, title = read_floors(), self.name.capitalize()
        folder.mkdir(parents=True, exist_ok=True)
        page, summary = folder / f"{self.name}.html", folder / f"{self.name}.md"
        page.write_text(render_suite(title, self.outcomes, floors))
        summary.write_text(render_summary(title, self.outcomes, floors, self.left_out))
        return [page, summary]


async def run_suite(name: str, tasks: Sequence[str], context: TaskContext) -> SuiteOutcome:
    """The tasks one after the other. What keeps one from being measured is kept as the reason it is left out."""
    suite = SuiteOutcome(name)
    for task in tasks:
        if task not in task_names():
            suite.left_out[task] = "not installed"
            continue
        try:
            suite.outcomes[task] = await load_task(task).run(context)
        except (RagstoneError, ValueError) as error:
            suite.left_out[task] = f"{type(error).__name__}: {error}"
    return suite
