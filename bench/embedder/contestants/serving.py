"""A contestant behind its standard input and output: one order a line, one JSON answer a line.

It is imported in the peer's environment too: standard library and numpy only.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

Waits = Callable[[Sequence[str]], list[float]]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Beside = Callable[[Sequence[str], Sequence[str]], list[float]]
"""Seconds of each query, asked one after the other while the texts are being embedded."""


@dataclass(frozen=True)
class Contestant:
    """``ask`` gives the seconds of each query, asked one after the other; ``process`` is the one that does the work, if
    it is not this one."""

    embed: Embed
    ask: Waits
    beside: Beside = lambda texts, queries: []
    process: int | None = None


def serve(contestant: Contestant) -> None:
    """Take orders until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is nobody's answer
    for line in sys.stdin:
        answers.write(json.dumps(_obey(contestant, json.loads(line))) + "\n")
        answers.flush()


def _obey(contestant: Contestant, order: dict[str, Any]) -> dict[str, Any]:
    texts: list[str] = order.get("texts", [])
    cpu, started = _cpu(contestant.process), perf_counter()
    match order["do"]:
        case "memory":
            return {"bytes": _most_memory(contestant.process)}
        case "vectors":
            return {"vectors": np.asarray(contestant.embed(texts)).tolist()}
        case "bulk":
            contestant.embed(texts)
            return {"seconds": perf_counter() - started, "cpu_seconds": _cpu(contestant.process) - cpu}
        case "queries":
            waits = contestant.ask(texts)
            return {"waits": waits, "cpu_seconds": _cpu(contestant.process) - cpu}
        case _:
            return {"waits": contestant.beside(texts, order["queries"])}


def _cpu(process: int | None) -> float:
    """Seconds, of all threads."""
    if process is None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _most_memory(process: int | None) -> int:
    """Bytes it held at its largest."""
    lines = Path(f"/proc/{process or 'self'}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
