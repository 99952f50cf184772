"""``ragstone eval``: run a task, compare two runs."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.errors import RagstoneError
from ragstone_evals.compare import Comparison, compare
from ragstone_evals.own_ragstone import Address, own_ragstone
from ragstone_evals.report import render_report
from ragstone_evals.run import Run, file_name
from ragstone_evals.suite import SUITES, SuiteOutcome, run_suite
from ragstone_evals.summary import summarise
from ragstone_evals.task import Outcome, Task, TaskContext, UnknownTask, load_task, task_names

app = typer.Typer(no_args_is_help=True, help="Measure Ragstone through its public API.")
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

GATE_CLOSED = 2
_AT_ONCE = 8
_RUNS = Path(".ragstone/evals")
_EXPECTED = (RagstoneError, ValueError, OSError)


@app.command("tasks")
def list_tasks() -> None:
    """List the tasks that are installed."""
    for name in task_names():
        console.print(name)


@app.command("run")
def run_task(
    task: Annotated[str, typer.Argument(help="A name that 'ragstone eval tasks' lists.")],
    url: Annotated[str, typer.Option(help="Where the gateway listens.")] = "http://127.0.0.1:8080",
    key_file: Annotated[Path, typer.Option(help="File that holds the API key.")] = Path(".ragstone/api-key"),
    data: Annotated[Path | None, typer.Option(help="Folder of the task's data set.")] = None,
    limit: Annotated[int | None, typer.Option(min=2, help="Measure over this many samples only.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=200, help="Requests at a time.")] = 8,
    out: Annotated[Path, typer.Option(help="Folder for the runs and the report.")] = Path(".ragstone/evals"),
) -> None:
    """Run a task; writes each run as JSON and one report as HTML."""
    try:
        client = GatewayClient.at(url, key_file.read_text().strip())
        with _ProgressBars() as bars:
            outcome = _measure(task, TaskContext(client, data, limit, concurrency, bars.show))
        _report(task, outcome, out)
    except _EXPECTED as error:
        raise _failed(error) from error


@app.command("sweep")
def sweep_strategies(
    task: Annotated[str, typer.Argument(help="A retrieval task.")],
    strategies: Annotated[list[str], typer.Argument(help="Such as hybrid hybrid+mmr:0.7; the first is the measure.")],
    url: Annotated[str, typer.Option(help="Where the gateway listens.")] = "http://127.0.0.1:8080",
    key_file: Annotated[Path, typer.Option(help="File that holds the API key.")] = Path(".ragstone/api-key"),
    data: Annotated[Path | None, typer.Option(help="Folder of the task's data set.")] = None,
    limit: Annotated[int | None, typer.Option(min=2, help="Measure over this many samples only.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the runs and the report.")] = Path(".ragstone/evals"),
) -> None:
    """Run a retrieval task with strategies of one's own, and compare each with the first."""
    try:
        client = GatewayClient.at(url, key_file.read_text().strip())
        with _ProgressBars() as bars:
            outcome = _measure(task, TaskContext(client, data, limit, _AT_ONCE, bars.show, tuple(strategies)))
        _report(task, outcome, out)
    except _EXPECTED as error:
        raise _failed(error) from error


@app.command("suite")
def run_tasks(
    suite: Annotated[str, typer.Argument(help="Several tasks with one report, such as 'retrieval'.")],
    task: Annotated[list[str] | None, typer.Option(help="Only this task of it; may be given again.")] = None,
    url: Annotated[str | None, typer.Option(help="A gateway that runs; without it one is started.")] = None,
    key_file: Annotated[Path, typer.Option(help="File that holds the API key, with --url.")] = Path(
        ".ragstone/api-key"
    ),
    own: Annotated[Path, typer.Option(help="Where the one that is started keeps its data.")] = Path(".cache/evals"),
    limit: Annotated[int | None, typer.Option("--limit", "--queries", min=2, help="Queries of each task.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=200, help="Requests at a time.")] = 8,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path(".ragstone/evals"),
) -> None:
    """Run a suite of tasks; writes one report as HTML and its summary as Markdown, and each run as JSON."""
    try:
        if suite not in SUITES:
            raise UnknownTask(f"no suite {suite!r}; there are: {', '.join(SUITES)}")
        with _measured(url, key_file, own) as at, _ProgressBars() as bars:
            client = GatewayClient.at(at.url, at.api_key)
            context = TaskContext(client, None, limit, concurrency, bars.show, on_run=_keep)
            outcome = asyncio.run(_run_suite(suite, task or SUITES[suite], context))
        written = outcome.save(out) if outcome.outcomes else []
    except _EXPECTED as error:
        raise _failed(error) from error
    for one in outcome.outcomes.values():
        _print_outcome(one)
    for path in written:
        console.print(f"wrote {path}")
    for name, reason in outcome.left_out.items():
        errors.print(f"not measured: {name}: {reason}", style="red", markup=False)
    if outcome.left_out:
        raise typer.Exit(1)


@app.command("compare")
def compare_runs(
    before: Annotated[Path, typer.Argument(help="A run's JSON file.")],
    after: Annotated[Path, typer.Argument(help="A run over the same samples.")],
    gate: Annotated[str | None, typer.Option(help="Exit with 2 when this metric regressed significantly.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the comparison as a page.")] = None,
) -> None:
    """Show what changed from one run to another, with paired intervals."""
    try:
        comparison = compare(Run.load(before), Run.load(after))
        gated = None if gate is None else comparison.difference(gate)
        if html is not None:
            html.write_text(render_report("Comparison", [comparison.before, comparison.after], [comparison]))
    except _EXPECTED as error:
        raise _failed(error) from error
    _print_comparison(comparison)
    if gated is not None and gated.regressed:
        errors.print(f"gate closed: {gate} fell by {-gated.interval.estimate:.3f}")
        raise typer.Exit(GATE_CLOSED)


def _keep(run: Run) -> None:
    """At once: a suite takes long, and what was measured is not to be lost with what follows."""
    run.save(_RUNS / f"{run.started:%Y%m%dT%H%M%SZ}-{file_name(run)}.json")


@contextmanager
def _measured(url: str | None, key_file: Path, own: Path) -> Iterator[Address]:
    """The Ragstone that is measured: the one at ``url``, or else one that runs for as long as the block."""
    if url is not None:
        yield Address(url, key_file.read_text().strip())
        return
    with own_ragstone(own) as started:
        yield started


async def _run_suite(suite: str, tasks: Sequence[str], context: TaskContext) -> SuiteOutcome:
    async with context.client:
        return await run_suite(suite, tasks, context)


def _measure(task: str, context: TaskContext) -> Outcome:
    return asyncio.run(_run(load_task(task), context))


def _report(task: str, outcome: Outcome, out: Path) -> None:
    _print_outcome(outcome)
    for path in save(task, outcome, out):
        console.print(f"wrote {path}")


async def _run(task: Task, context: TaskContext) -> Outcome:
    async with context.client:
        return await task.run(context)


def save(task: str, outcome: Outcome, folder: Path) -> list[Path]:
    """Write every run and the report over them; returns the files, the report last."""
    stamp = f"{outcome.runs[0].started:%Y%m%dT%H%M%SZ}"
    paths = [folder / f"{stamp}-{file_name(run)}.json" for run in outcome.runs]
    for run, path in zip(outcome.runs, paths, strict=True):
        run.save(path)
    report = folder / f"{stamp}-{task}.html"
    report.write_text(render_report(task, outcome.runs, outcome.comparisons))
    return [*paths, report]


def _failed(error: Exception) -> typer.Exit:
    code = f"{error.code}: " if isinstance(error, RagstoneError) else ""
    errors.print(f"{code}{error}", style="red", markup=False)
    return typer.Exit(1)


class _ProgressBars:
    """A bar for each stage, made when the stage is first heard of."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description:>26}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=errors)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> "_ProgressBars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, stage: str, done: int, total: int) -> None:
        if stage not in self._bars:
            self._bars[stage] = self._progress.add_task(stage, total=total)
        self._progress.update(self._bars[stage], completed=done)


def _print_outcome(outcome: Outcome) -> None:
    _print_runs(outcome.runs)
    for comparison in outcome.comparisons:
        _print_comparison(comparison)


def _print_runs(runs: Sequence[Run]) -> None:
    metrics = list(dict.fromkeys(metric.name for run in runs for metric in run.metrics))
    table = Table("run", "scored", *metrics)
    for run in runs:
        summaries = [summarise(run, metric) for metric in run.metrics]
        means = {summary.metric: f"{summary.mean:.3f}" for summary in summaries}
        shown = [means.get(metric, "") for metric in metrics]
        table.add_row(run.name, f"{summaries[0].coverage:.1%}", *shown)
    console.print(table)


def _print_comparison(comparison: Comparison) -> None:
    title = f"{comparison.after.name} against {comparison.before.name}"
    table = Table("metric", "before", "after", "difference", "95% interval", "detectable", title=title)
    for one in comparison.differences:
        bounds = f"{one.interval.low:+.3f} to {one.interval.high:+.3f}"
        change = f"{one.interval.estimate:+.3f}{' *' if one.significant else ''}"
        table.add_row(one.metric, f"{one.before:.3f}", f"{one.after:.3f}", change, bounds, f"{one.detectable:.3f}")
    console.print(table)
