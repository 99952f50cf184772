"""A contestant behind its standard input and output: one order a line, one JSON answer a line.

``build``, ``settled``, ``memory``, or a kind of search with the numbers of the questions. Standard library only: it is
imported in the peers' environment too.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, Protocol

from bench.retrieval.contestants.dataset import Asked, Dataset

Search = Callable[[Asked], list[int]]
"""The numbers of the chunks found, best first."""
_QUIET_SECONDS, _QUIET_CPU, _LONGEST_WAIT = 3, 0.15, 540


class Contestant(Protocol):
    """``searches`` are the kinds it can do: ``hybrid``, ``dense``, or more. ``others`` are further processes."""

    def build(self, dataset: Dataset) -> None: ...

    def searches(self) -> Mapping[str, Search]: ...

    def others(self) -> list[int]: ...

    def close(self) -> None: ...


def serve(contestant: Contestant, file: Path) -> None:
    """Take orders until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is nobody's answer
    dataset = Dataset(file)
    for line in sys.stdin:
        order = json.loads(line)
        answers.write(json.dumps(_obey(contestant, dataset, order)) + "\n")
        answers.flush()
    contestant.close()


def _obey(contestant: Contestant, dataset: Dataset, order: dict[str, Any]) -> dict[str, Any]:
    match order["do"]:
        case "build":
            return _build(contestant, dataset)
        case "memory":
            return {"bytes": sum(map(_resident, _processes(contestant)))}
        case "kinds":
            return {"kinds": list(contestant.searches())}
        case kind:
            questions = [dataset.questions[number] for number in order["questions"]]
            return _asked(contestant, contestant.searches()[kind], questions)


def _build(contestant: Contestant, dataset: Dataset) -> dict[str, Any]:
    """The seconds include whatever the engine still does in the background afterwards."""
    cpu, started = _cpu(contestant), perf_counter()
    contestant.build(dataset)
    loaded = perf_counter() - started
    waited = _settle(contestant)
    return {"seconds": loaded + waited, "cpu_seconds": _cpu(contestant) - cpu}


def _settle(contestant: Contestant) -> float:
    """Wait until it is at rest; the seconds it was not."""
    started, quiet = perf_counter(), 0
    while quiet < _QUIET_SECONDS and perf_counter() - started < _LONGEST_WAIT:
        before = _cpu(contestant)
        sleep(1)
        quiet = quiet + 1 if _cpu(contestant) - before < _QUIET_CPU else 0
    return max(0.0, perf_counter() - started - _QUIET_SECONDS)


def _asked(contestant: Contestant, search: Search, questions: Iterable[Asked]) -> dict[str, Any]:
    found, seconds, processes = [], [], _processes(contestant)
    cpu = _cpu_of(processes)
    for question in questions:
        started = perf_counter()
        found.append(search(question))
        seconds.append(perf_counter() - started)
    return {"found": found, "seconds": seconds, "cpu_seconds": _cpu_of(processes) - cpu}


def _processes(contestant: Contestant) -> list[int]:
    """This process, those it named, and all that descend from either."""
    parents = _parents()
    found = [os.getpid(), *contestant.others()]
    for process in found:  # grows as it is walked
        found += [child for child, parent in parents.items() if parent == process and child not in found]
    return found


def _parents() -> dict[int, int]:
    return {pid: int(fields[1]) for pid in _pids() if (fields := _stat(pid))}


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str]:
    """From the state on; empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu(contestant: Contestant) -> float:
    return _cpu_of(_processes(contestant))


def _cpu_of(processes: list[int]) -> float:
    """Seconds this process, the first, and the others used so far; what they waited for and has ended counts too."""
    ticks = sum(sum(map(int, fields[11:15])) for pid in processes[1:] if (fields := _stat(pid)))
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    """Bytes in memory, what is shared with others divided among them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
