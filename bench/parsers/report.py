"""The scorecard as Markdown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import TypedDict

from bench.parsers.quality import Quality
from bench.parsers.references import Reference
from bench.parsers.scores import order, token_f1


class Outcome(TypedDict):
    """What contestants/outcome.py reports."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    texts: dict[str, str]


@dataclass(frozen=True)
class Speed:
    """The turns of everyone; ``pages`` and ``megabytes`` are what was read in one turn."""

    outcomes: dict[str, list[Outcome]]
    missing: list[str]
    pages: int
    megabytes: float


def page(qualities: Sequence[Quality], speed: Speed, documents: Sequence[Reference]) -> str:
    return "\n".join([*_formats(qualities), *_speeds(speed, documents), *_each(qualities)])


def _formats(qualities: Sequence[Quality]) -> Iterator[str]:
    yield "# Parsers: the scorecard\n"
    yield "Against reference documents, each read through the sandbox as an upload is; means over the documents of a"
    yield "format. Words: F1 over words. Cells: F1 over table cells, each told by its words and those of the cell"
    yield "before it in its row. Order: the share of text that stands in the reference's order.\n"
    yield "| format | documents | words | cells | order |"
    yield "|---|---|---|---|---|"
    for name, group in groupby(qualities, key=lambda quality: quality.format):
        found = list(group)
        yield f"| {name} | {len(found)} | {_scores(found)} |"
    yield f"| all | {len(qualities)} | {_scores(qualities)} |\n"


def _speeds(speed: Speed, documents: Sequence[Reference]) -> Iterator[str]:
    yield "## PDF: speed\n"
    rounds = max(map(len, speed.outcomes.values()))
    yield f"{speed.pages} pages, {speed.megabytes:.1f} MB a turn on one core; medians of {rounds} interleaved turns in"
    yield "fresh processes. CPU and memory count subprocesses; Ragstone's hold its sandbox and the chunks.\n"
    yield "| | pages/s | pages/CPU s | MB/s | CPU s | peak MB | words | order |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, outcomes in speed.outcomes.items():
        seconds, cpu = median(one["seconds"] for one in outcomes), median(one["cpu_seconds"] for one in outcomes)
        peak = max(one["peak_mb"] for one in outcomes)
        rates = f"{speed.pages / seconds:.0f} | {speed.pages / cpu:.0f} | {speed.megabytes / seconds:.1f}"
        texts = outcomes[0]["texts"]
        words = fmean(token_f1(texts[one.source.name], one.text) for one in documents)
        orders = _mean(order(texts[one.source.name], one.text) for one in documents)
        yield f"| {name} | {rates} | {cpu:.2f} | {peak:.0f} | {words:.3f} | {orders} |"
    yield from (f"\nNot installed here: {', '.join(speed.missing)}." for _ in speed.missing[:1])


def _each(qualities: Sequence[Quality]) -> Iterator[str]:
    yield "\n## Every document\n"
    yield "| document | words | cells | order |"
    yield "|---|---|---|---|"
    for one in qualities:
        name = f"{one.format}/{one.name}" + (f" ({one.rejected})" if one.rejected else "")
        yield f"| {name} | {_scores([one])} |"
    yield ""


def _scores(found: Sequence[Quality]) -> str:
    return " | ".join(
        [_mean(one.words for one in found), _mean(one.cells for one in found), _mean(one.order for one in found)]
    )


def _mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{fmean(known):.3f}" if known else "–"
