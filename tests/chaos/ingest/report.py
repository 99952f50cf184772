"""What a run showed, and all of them as a table."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.ingest.watch import Watch


@dataclass(frozen=True)
class Run:
    profile: str
    seed: int
    kills: Counter[str]
    expected: set[str]
    stored: Counter[str]
    unready: list[str]
    watch: Watch

    @property
    def faults(self) -> list[str]:
        """What must not be, in words; nothing when the promise was kept."""
        counts = {
            "chunks lost": len(self.expected - self.stored.keys()),
            "chunks nobody expects": len(self.stored.keys() - self.expected),
            "chunks stored twice": sum(count > 1 for count in self.stored.values()),
            "documents not ready": len(self.unready),
        }
        return [f"{count} {what}" for what, count in counts.items() if count]

    def line(self) -> str:
        verdict = "; ".join(self.faults) or "kept"
        kills = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        return f"{self.profile} seed {self.seed}: {len(self.stored)} chunks, killed {kills or 'nothing'}: {verdict}"


def table(runs: Sequence[Run], documents: int) -> str:
    lines = [
        "# Ingestion under `kill -9`",
        "",
        f"{documents} documents a run. Recovery: from a kill until every job that ran then had ended, in seconds.",
        "Overdue: the longest that a job was seen running beyond its lease (2 s) before somebody took it up.",
        "",
        "| profile | seed | killed | chunks | lost | twice | unexpected | recovery p50 | p99 | overdue | attempts |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *map(_row, runs),
        "",
    ]
    for profile in dict.fromkeys(run.profile for run in runs):
        of_it = [run for run in runs if run.profile == profile]
        recoveries = [seconds for run in of_it for seconds in run.watch.recoveries]
        kills = sum(run.kills.total() for run in of_it)
        kept = sum(not run.faults for run in of_it)
        lines.append(
            f"{profile}: {kept} of {len(of_it)} runs kept the promise through {kills} kills; "
            f"recovery p50 {_percentile(recoveries, 50):.1f} s, p99 {_percentile(recoveries, 99):.1f} s."
        )
    return "\n".join([*lines, ""])


def _row(run: Run) -> str:
    kills = ", ".join(f"{count} {name}" for name, count in sorted(run.kills.items()))
    cells = [
        run.profile,
        run.seed,
        kills,
        len(run.stored),
        len(run.expected - run.stored.keys()),
        sum(count > 1 for count in run.stored.values()),
        len(run.stored.keys() - run.expected),
        f"{_percentile(run.watch.recoveries, 50):.1f}",
        f"{_percentile(run.watch.recoveries, 99):.1f}",
        f"{run.watch.longest_overdue:.1f}",
        run.watch.most_attempts,
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def _percentile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return max(values, default=0.0)
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
