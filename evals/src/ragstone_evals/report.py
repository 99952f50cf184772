"""A report a person can read: one page, self-contained, the same bytes for the same runs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import chain

import numpy as np

from ragstone_evals.compare import Comparison, Difference
from ragstone_evals.floors import Floor, Held, hold
from ragstone_evals.metric import Metric
from ragstone_evals.plots import Bar, interval_plot
from ragstone_evals.run import Run
from ragstone_evals.statistics import Interval
from ragstone_evals.summary import summarise
from ragstone_evals.task import Outcome

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid #8884; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .text th, .text td { text-align: left; vertical-align: top; }
.text td:not(:first-child) { white-space: normal; overflow-wrap: anywhere; }
small { opacity: .7; } .up { color: #1a7f37; } .down { color: #cf222e; }
h2 { margin-top: 3rem; border-bottom: 2px solid #8884; }
figure { margin: 1rem 0; overflow-x: auto; } figcaption { font-weight: 600; }
svg { max-width: 100%; height: auto; font: 12px system-ui, sans-serif; fill: currentColor; }
svg .label { text-anchor: end; } svg .tick { text-anchor: middle; opacity: .7; }
svg .axis { stroke: #8884; } svg .strong { stroke: #888; } svg .mark { stroke: #b35900; stroke-width: 3; }
svg .bar { stroke: #4a7ab5; stroke-width: 3; } svg .point { fill: #4a7ab5; }
svg .bar.up { stroke: #1a7f37; } svg .point.up { fill: #1a7f37; }
svg .bar.down { stroke: #cf222e; } svg .point.down { fill: #cf222e; }
"""
_NOTE = (
    "Brackets hold 95% bootstrap intervals (BCa, by cluster). A sample that failed counts as the metric's worst value. "
    "A coloured difference is one whose interval leaves out zero; “detectable” is the true difference that this many "
    "samples would show with 80% power. “Wait” is the median that a caller waited, on this machine and its other load."
)
_FAILURES_SHOWN = 50


def render_report(title: str, runs: Sequence[Run], comparisons: Sequence[Comparison]) -> str:
    """The page of one task as HTML; every text of a run is escaped, nothing is loaded from elsewhere."""
    return render_suite(title, {title: Outcome(runs, comparisons)})


def render_suite(title: str, outcomes: Mapping[str, Outcome], floors: Sequence[Floor] = ()) -> str:
    """The page of several tasks, by name, with the floors their runs are held against."""
    runs = [run for outcome in outcomes.values() for run in outcome.runs]
    held = hold(runs, floors)
    tasks = chain.from_iterable(_task(name, outcome, held) for name, outcome in outcomes.items())
    sections = [*tasks, *_floors_table(held), _failures(runs), _particulars(runs)]
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>\n<h1>{escape(title)}</h1>\n<p>{escape(_NOTE)}</p>\n" + "\n".join(sections) + "\n"
    )


def _task(name: str, outcome: Outcome, held: Sequence[Held]) -> list[str]:
    comparisons = outcome.comparisons
    return [
        f"<h2>{escape(name)}</h2>",
        _runs_table(outcome.runs),
        *_runs_plots(outcome.runs, held),
        *_comparisons_plots(comparisons),
        *map(_comparison_table, comparisons),
    ]


def _metrics(runs: Sequence[Run]) -> list[Metric]:
    return list(dict.fromkeys(metric for run in runs for metric in run.metrics))


def _runs_plots(runs: Sequence[Run], held: Sequence[Held]) -> list[str]:
    """A picture for each metric; the marks are floors."""
    marks = {(one.floor.run, one.floor.metric): one.floor.value for one in held}
    plots = []
    for metric in _metrics(runs):
        summaries = [(run.name, summarise(run, metric)) for run in runs if metric in run.metrics]
        bars = [
            Bar(name, summary.interval, marks.get((name, metric.name)))
            for name, summary in summaries
            if summary.interval
        ]
        if bars:
            plots.append(interval_plot(metric.name, bars))
    return plots


def _comparisons_plots(comparisons: Sequence[Comparison]) -> list[str]:
    """The paired differences of the first metric that all comparisons have."""
    if not comparisons:
        return []
    metric = comparisons[0].differences[0].metric
    bars = [
        Bar(f"{one.after.name} − {one.before.name}", difference.interval, colour=_colour(difference))
        for one in comparisons
        for difference in one.differences
        if difference.metric == metric
    ]
    return [interval_plot(f"{metric}: paired difference", bars, zero=True, form="+.3f")]


def _floors_table(held: Sequence[Held]) -> list[str]:
    if not held:
        return []
    rows = [
        [
            escape(one.floor.run),
            escape(one.floor.metric),
            f"{one.measured.mean:.3f}",
            f"{one.floor.value:.3f}",
            f'<span class="{"up" if one.met else "down"}">{one.measured.mean - one.floor.value:+.3f}</span>',
            escape(one.floor.source),
        ]
        for one in held
    ]
    return ["<h2>Floors</h2>", _table(["run", "metric", "measured", "floor", "above it", "floor of"], rows)]


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    top = "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"
    return f'<div class="wide"><table class="{kind}">\n' + "\n".join([top, *lines]) + "\n</table></div>"


def _runs_table(runs: Sequence[Run]) -> str:
    metrics = _metrics(runs)
    head = ["run", "scored", *(metric.name for metric in metrics), "wait"]
    return _table(head, [_run_row(run, metrics) for run in runs])


def _run_row(run: Run, metrics: Sequence[Metric]) -> list[str]:
    failed = sum(item.failure is not None for item in run.items)
    count = len(run.items)
    scored = f"{count - failed} of {count} ({1 - failed / count:.1%})"
    means = [_mean(run, metric) if metric in run.metrics else "" for metric in metrics]
    wait = float(np.median([item.seconds for item in run.items])) * 1000
    return [escape(run.name), scored, *means, f"{wait:.0f} ms"]


def _mean(run: Run, metric: Metric) -> str:
    summary = summarise(run, metric)
    return f"{summary.mean:.3f}" + (f" <small>{_bounds(summary.interval)}</small>" if summary.interval else "")


def _bounds(interval: Interval, form: str = ".3f") -> str:
    return f"[{interval.low:{form}}, {interval.high:{form}}]"


def _comparison_table(comparison: Comparison) -> str:
    title = f"<h3>{escape(comparison.after.name)} − {escape(comparison.before.name)}</h3>\n"
    rows = [
        [escape(one.metric), f"{one.before:.3f}", f"{one.after:.3f}", _change(one), f"{one.detectable:.3f}"]
        for one in comparison.differences
    ]
    return title + _table(["metric", "before", "after", "difference", "detectable"], rows)


def _change(difference: Difference) -> str:
    change = f'<span class="{_colour(difference)}">{difference.interval.estimate:+.3f}</span>'
    return f"{change} <small>{_bounds(difference.interval, '+.3f')}</small>"


def _colour(difference: Difference) -> str:
    return ("down" if difference.regressed else "up") if difference.significant else ""


def _failures(runs: Sequence[Run]) -> str:
    failed = [(run.name, item.sample, item.failure) for run in runs for item in run.items if item.failure is not None]
    if not failed:
        return "<h2>Failures</h2>\n<p>None.</p>"
    rows = [[escape(name), escape(sample), escape(reason)] for name, sample, reason in failed[:_FAILURES_SHOWN]]
    return f"<h2>Failures ({len(failed)})</h2>\n" + _table(["run", "sample", "reason"], rows, "text")


def _particulars(runs: Sequence[Run]) -> str:
    rows = [
        [
            escape(run.name),
            escape(f"{run.dataset.name} ({run.dataset.samples} samples, {run.dataset.content_hash[:12]})"),
            escape(json.dumps(run.config, sort_keys=True, ensure_ascii=False)),
            escape(run.revision),
            escape(", ".join(f"{name} {value}" for name, value in run.environment.items())),
            escape(f"{run.started:%Y-%m-%d %H:%M} UTC, {(run.finished - run.started).total_seconds():.0f} s"),
        ]
        for run in runs
    ]
    head = ["run", "data set", "configuration", "code", "environment", "measured"]
    return "<h2>Particulars</h2>\n" + _table(head, rows, "text")
