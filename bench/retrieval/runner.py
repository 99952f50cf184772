"""Contestants at work: each in a process of its own, asked in turns so that a busy machine is busy for all."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

ROOT = Path(__file__).resolve().parents[2]
BLOCK = 10
"""Questions a contestant answers before it is the next one's turn."""


@dataclass(frozen=True)
class Entry:
    """A contestant: how it is called, and the command it is started by."""

    name: str
    command: Sequence[str]


class Figures(TypedDict):
    """Of one kind of search: CPU milliseconds a query by round, every wait in milliseconds, the chunks found."""

    cpu: list[float]
    waits: list[float]
    found: list[list[int]]


class Result(TypedDict):
    name: str
    build: dict[str, float]
    bytes: int
    searches: dict[str, Figures]


class Process:
    """The other end of ``contestants/serving.py``."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = " ".join(command)
        # Nobody is to tell its maker that it ran.
        environment = os.environ | {"HAYSTACK_TELEMETRY_ENABLED": "False"}
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def order(self, do: str, **rest: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **rest}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._command} ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@dataclass
class Match:
    """All contestants, built one after the other and alive together."""

    processes: dict[str, Process] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)

    def enter(self, entry: Entry) -> None:
        process = self.processes[entry.name] = Process(entry.command)
        build = process.order("build")
        searches: dict[str, Figures] = {
            kind: {"cpu": [], "waits": [], "found": []} for kind in process.order("kinds")["kinds"]
        }
        self.results[entry.name] = Result(name=entry.name, build=build, bytes=0, searches=searches)

    def play(self, queries: int, rounds: int) -> None:
        """The first round fills caches and is not counted."""
        for number in range(rounds + 1):
            spent = self._round(queries)
            for (name, kind), answers in spent.items() if number else ():
                figures = self.results[name]["searches"][kind]
                figures["cpu"].append(1000 * sum(one["cpu_seconds"] for one in answers) / queries)
                figures["waits"] += [1000 * wait for one in answers for wait in one["seconds"]]
                figures["found"] = [found for one in answers for found in one["found"]]
        for name, process in self.processes.items():
            self.results[name]["bytes"] = process.order("memory")["bytes"]

    def _round(self, queries: int) -> dict[tuple[str, str], list[dict[str, Any]]]:
        spent: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for start in range(0, queries, BLOCK):
            asked = list(range(start, min(start + BLOCK, queries)))
            for name, process in self.processes.items():
                for kind in self.results[name]["searches"]:
                    spent.setdefault((name, kind), []).append(process.order(kind, questions=asked))
        return spent


@contextmanager
def match() -> Iterator[Match]:
    running = Match()
    try:
        yield running
    finally:
        for process in running.processes.values():
            process.end()
