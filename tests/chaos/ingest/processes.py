"""Processes that are killed and come back, as a supervisor would have them."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

PARSER = "sandbox.child"
ENGINE = "edge_worker"


@dataclass
class Supervised:
    """A command that is started again whenever it has ended; its output goes to ``log``."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _groups: list[int] = field(default_factory=list)

    def ensure(self) -> None:
        """Start it unless it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                list(self.command),
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._groups.append(self._process.pid)

    def kill(self) -> bool:
        """``kill -9`` of the main process alone: what it started finds out by itself."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.kill()
        self._process.wait()
        return True

    def kill_child(self, marked: str | None, choose: int) -> bool:
        """``kill -9`` of one child, of those whose command line holds ``marked``; False when there is none."""
        children = list(self._children(marked))
        if not children:
            return False
        try:
            children[choose % len(children)].kill()
        except psutil.NoSuchProcess:
            return False
        return True

    def _children(self, marked: str | None) -> Iterator[psutil.Process]:
        if self._process is None or self._process.poll() is not None:
            return
        for child in psutil.Process(self._process.pid).children(recursive=True):
            try:
                line = " ".join(child.cmdline())
            except psutil.Error:
                continue
            is_helper = PARSER in line or ENGINE in line
            if (marked in line) if marked else not is_helper:
                yield child

    def end(self) -> None:
        """Stop it, and whatever any of its lives has left behind."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
        for group in self._groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self._process is not None:
            self._process.wait()
