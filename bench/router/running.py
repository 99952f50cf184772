"""The processes of a run, and what they cost."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import orjson
import psutil
from bench.router.contestants.starting import Contestant, Place
from bench.router.load import Question, Target

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120.0


@dataclass(frozen=True)
class Router:
    """A contestant at work; all its processes count."""

    target: Target
    process: psutil.Process

    @property
    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def cpu_seconds(self) -> float:
        return sum(sum(one.cpu_times()[:2]) for one in self._tree)

    def resident_bytes(self) -> int:
        return sum(one.memory_info().rss for one in self._tree)


@contextmanager
def spawned(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """The process's id. What it says goes to ``log``; it ends with the block."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            list(command), cwd=ROOT, env=os.environ | dict(environment or {}), stdout=said, stderr=said
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def started(contestant: Contestant, place: Place) -> Iterator[Router]:
    """A contestant that has answered. Raises TimeoutError, with its log's end, when it does not."""
    start = contestant(place)
    log = place.folder / "log.txt"
    with spawned(start.command, log, start.environment) as pid:
        target = Target(place.port, key=start.key)
        await_answer(target, log)
        yield Router(target, psutil.Process(pid))


def await_answer(target: Target, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    headers = {"content-type": "application/json", "authorization": f"Bearer {target.key}"}
    asked = Request(f"http://127.0.0.1:{target.port}{target.path}", Question().body, headers)
    while time.monotonic() < until:
        try:
            with urlopen(asked, timeout=10) as answer:
                orjson.loads(answer.read())
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"no answer from {target.port}: {log.read_text(errors='replace')[-2000:]}")
