"""Rebuilding a shard's vector graph beside it: ``python -m ragstone_index.edge_rebuild FOLDER`` does it in place.

The engine can only be asked to do it all at once, and nothing else moves in its process meanwhile (a minute for 100,000
chunks). So a copy of the shard is rebuilt in a process of its own while the original goes on answering.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import qdrant_edge as engine

UNFINISHED = ".unfinished-"
_PR_SET_PDEATHSIG = 1


class Rebuild:
    """``journal`` collects what is written to the original since the copy was taken, to be written to the copy too."""

    def __init__(self, original: Path) -> None:
        self.generation = int(original.name) + 1
        self._copy = Path(tempfile.mkdtemp(prefix=f"{self.generation}{UNFINISHED}", dir=original.parent))
        shutil.copytree(original, self._copy, dirs_exist_ok=True)
        command = [sys.executable, "-m", "ragstone_index.edge_rebuild", str(self._copy)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  own module
        self.journal: list[engine.UpdateOperation] = []

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def finish(self) -> None:
        """Write the journal to the rebuilt shard and give it its final name. Raises RuntimeError if it failed."""
        if self._process.wait() != 0:
            self.abandon()
            raise RuntimeError(f"rebuilding ended with {self._process.returncode}")
        shard = engine.EdgeShard.load(str(self._copy))
        for operation in self.journal:
            shard.update(operation)
        shard.flush()
        shard.close()
        self._copy.rename(self._copy.parent / str(self.generation))

    def abandon(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._copy, ignore_errors=True)


def _rebuild(folder: Path) -> None:
    os.nice(10)
    if sys.platform == "linux":  # elsewhere it works on, on a copy that nobody will use
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    shard = engine.EdgeShard.load(str(folder))
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _rebuild(Path(sys.argv[1]))
