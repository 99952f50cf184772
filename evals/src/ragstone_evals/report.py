"""A report a person can read: one page, self-contained, the same bytes for the same runs."""

import json
from collections.abc import Iterable, Sequence
from html import escape

from ragstone_evals.compare import Comparison, Difference
from ragstone_evals.metric import Metric
from ragstone_evals.run import Run
from ragstone_evals.statistics import Interval
from ragstone_evals.summary import summarise

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .7rem; border-bottom: 1px solid #8884; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .text th, .text td { text-align: left; vertical-align: top; }
.text td:not(:first-child) { white-space: normal; overflow-wrap: anywhere; }
small { opacity: .7; } .up { color: #1a7f37; } .down { color: #cf222e; }
"""
_NOTE = (
    "Brackets hold 95% bootstrap intervals (BCa, by cluster). A sample that failed counts as the metric's worst value. "
    "A coloured difference is one whose interval leaves out zero; “detectable” is the true difference that this many "
    "samples would show with 80% power."
)
_FAILURES_SHOWN = 50


def render_report(title: str, runs: Sequence[Run], comparisons: Sequence[Comparison]) -> str:
    """The page as HTML; every text of a run is escaped, nothing is loaded from elsewhere."""
    sections = [_runs_table(runs), *map(_comparison_table, comparisons), _failures(runs), _particulars(runs)]
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>\n<h1>{escape(title)}</h1>\n<p>{escape(_NOTE)}</p>\n" + "\n".join(sections) + "\n"
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], kind: str = "") -> str:
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    top = "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>"
    return f'<div class="wide"><table class="{kind}">\n' + "\n".join([top, *lines]) + "\n</table></div>"


def _runs_table(runs: Sequence[Run]) -> str:
    metrics = list(dict.fromkeys(metric for run in runs for metric in run.metrics))
    head = ["run", "scored", *(metric.name for metric in metrics)]
    return _table(head, [_run_row(run, metrics) for run in runs])


def _run_row(run: Run, metrics: Sequence[Metric]) -> list[str]:
    failed = sum(item.failure is not None for item in run.items)
    count = len(run.items)
    scored = f"{count - failed} of {count} ({1 - failed / count:.1%})"
    return [escape(run.name), scored, *(_mean(run, metric) if metric in run.metrics else "" for metric in metrics)]


def _mean(run: Run, metric: Metric) -> str:
    summary = summarise(run, metric)
    return f"{summary.mean:.3f}" + (f" <small>{_bounds(summary.interval)}</small>" if summary.interval else "")


def _bounds(interval: Interval, form: str = ".3f") -> str:
    return f"[{interval.low:{form}}, {interval.high:{form}}]"


def _comparison_table(comparison: Comparison) -> str:
    title = f"<h2>{escape(comparison.after.name)} − {escape(comparison.before.name)}</h2>\n"
    rows = [
        [escape(one.metric), f"{one.before:.3f}", f"{one.after:.3f}", _change(one), f"{one.detectable:.3f}"]
        for one in comparison.differences
    ]
    return title + _table(["metric", "before", "after", "difference", "detectable"], rows)


def _change(difference: Difference) -> str:
    interval = difference.interval
    colour = ("down" if difference.regressed else "up") if difference.significant else ""
    return f'<span class="{colour}">{interval.estimate:+.3f}</span> <small>{_bounds(interval, "+.3f")}</small>'


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
