"""The figures of a suite on one page of Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from ragstone_evals.compare import Comparison
from ragstone_evals.floors import Floor, hold
from ragstone_evals.run import Run
from ragstone_evals.statistics import Interval
from ragstone_evals.summary import summarise
from ragstone_evals.task import Outcome

_METRICS_SHOWN = 3
"""Of each run; the report has them all."""


def render_summary(
    title: str, outcomes: Mapping[str, Outcome], floors: Sequence[Floor], left_out: Mapping[str, str]
) -> str:
    runs = [run for outcome in outcomes.values() for run in outcome.runs]
    lines = chain(
        [f"# {title}", ""],
        _measured_with(runs),
        *(_task(name, outcome) for name, outcome in outcomes.items()),
        _floors(runs, floors),
        [f"Not measured: `{task}` ({reason})." for task, reason in left_out.items()],
    )
    return "\n".join(lines).rstrip() + "\n"


def _measured_with(runs: Sequence[Run]) -> Iterable[str]:
    """What the figures were made with, and how to read them."""
    if not runs:
        return []
    begun, ended = min(run.started for run in runs), max(run.finished for run in runs)
    revisions = dict.fromkeys(run.revision for run in runs)
    environments = dict.fromkeys(
        ", ".join(f"{name} {value}" for name, value in run.environment.items()) for run in runs
    )
    return [
        f"Measured {begun:%Y-%m-%d %H:%M} to {ended:%H:%M} UTC through the public API. Code: {', '.join(revisions)}.",
        f"Environment: {'; '.join(environments)}.",
        "Brackets hold 95% bootstrap intervals; differences are paired, and a bold one's interval leaves out zero. A",
        "query that failed counts as the worst value.",
        "",
    ]


def _task(name: str, outcome: Outcome) -> Iterable[str]:
    first = outcome.runs[0]
    yield from (f"## {name}", "", _data(first), "")
    metrics = list(dict.fromkeys(metric for run in outcome.runs for metric in run.metrics))[:_METRICS_SHOWN]
    yield from _head(["run", "failed", *(metric.name for metric in metrics)])
    for run in outcome.runs:
        summaries = [summarise(run, metric) if metric in run.metrics else None for metric in metrics]
        failed = sum(item.failure is not None for item in run.items)
        cells = [f"{one.mean:.3f} {_bounds(one.interval)}".rstrip() if one else "" for one in summaries]
        yield _row([run.name, str(failed), *cells])
    yield ""
    if outcome.comparisons:
        yield from _comparisons(outcome.comparisons)


def _data(run: Run) -> str:
    corpus = run.config.get("corpus", {})
    text = f"{run.dataset.samples} queries ({run.dataset.name}) over {corpus.get('documents', '?')} documents"
    if corpus.get("chunks"):
        text += f", {corpus['chunks']} chunks"
    if corpus.get("uploaded") == corpus.get("documents") and "seconds" in corpus:
        text += f"; ingested in {corpus['seconds']:.0f} s"
    return f"{text}."


def _comparisons(comparisons: Sequence[Comparison]) -> Iterable[str]:
    metrics = list(dict.fromkeys(one.metric for comparison in comparisons for one in comparison.differences))
    yield from _head(["difference", *metrics[:_METRICS_SHOWN]])
    for comparison in comparisons:
        by_metric = {one.metric: one for one in comparison.differences}
        cells = []
        for metric in metrics[:_METRICS_SHOWN]:
            one = by_metric.get(metric)
            change = f"{one.interval.estimate:+.3f}" if one else ""
            bold = f"**{change}**" if one and one.significant else change
            cells.append(f"{bold} {_bounds(one.interval, '+.3f')}" if one else "")
        yield _row([f"{comparison.after.name} − {comparison.before.name}", *cells])
    yield ""


def _floors(runs: Sequence[Run], floors: Sequence[Floor]) -> Iterable[str]:
    if not (held := hold(runs, floors)):
        return
    yield from ("## Floors", "")
    yield from _head(["run", "metric", "measured", "floor", "above it", "floor of"])
    for one in held:
        above = f"{one.measured.mean - one.floor.value:+.3f}"
        figures = [f"{one.measured.mean:.3f}", f"{one.floor.value:.3f}", above if one.met else f"**{above}**"]
        yield _row([one.floor.run, one.floor.metric, *figures, one.floor.source])
    yield ""


def _bounds(interval: Interval | None, form: str = ".3f") -> str:
    return f"[{interval.low:{form}}, {interval.high:{form}}]" if interval else ""


def _head(cells: Sequence[str]) -> list[str]:
    return [_row(cells), "|---" * len(cells) + "|"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
