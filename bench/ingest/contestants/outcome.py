"""What a contestant reports. Nothing but the standard library: it is imported in the peers' environment too."""

import json
import os
import resource
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any


@dataclass
class Outcome:
    """``cpu_seconds`` and ``seconds`` are of the way in; ``hits`` counts queries with a right document among five."""

    documents: int
    chunks: int
    cpu_seconds: float
    seconds: float
    queries: int
    hits: int
    accepting_cpu_seconds: float = 0.0
    """Of taking uploads in and storing them safely, where there is such a thing."""

    def report(self) -> None:
        print(json.dumps(asdict(self)), flush=True)


class Meter:
    """CPU and wall time of this process since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = _cpu(), perf_counter()

    def cpu_seconds(self) -> float:
        return _cpu() - self._cpu

    def seconds(self) -> float:
        return perf_counter() - self._wall


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def cpu_seconds_of(pid: int) -> float:
    """CPU another process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def hits_at_five(queries: Sequence[dict[str, Any]], search: Callable[[str], Sequence[str]]) -> int:
    """Queries for which ``search`` names a relevant document among the first five chunks' documents."""
    return sum(bool(set(search(query["text"])[:5]) & set(query["relevant"])) for query in queries)
