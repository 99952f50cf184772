"""A Ragstone of one's own to measure, started beside whatever else runs and kept in a folder of its own."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_START_SECONDS = 300.0
"""Models may have to be fetched first."""
_STOP_SECONDS = 30.0


class NotStarted(OSError):
    """The ``ragstone`` command is not installed here, or ended before it answered."""


@dataclass(frozen=True)
class Address:
    url: str
    api_key: str


@contextmanager
def own_ragstone(folder: Path) -> Iterator[Address]:
    """A Ragstone that keeps its data in ``folder``, on a free port, until the block ends; what it held it holds again.

    Raises NotStarted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    address = folder / "address"
    command = [_command(), "up", "--data-dir", str(folder), "--port", str(_free_port())]
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603  the command beside this interpreter
    try:
        _await_address(address, process, folder)
        yield Address(address.read_text().strip(), (folder / "api-key").read_text().strip())
    finally:
        _stop(process)


def _command() -> str:
    beside = Path(sys.executable).with_name("ragstone")
    found = str(beside) if beside.exists() else shutil.which("ragstone")
    if found is None:
        raise NotStarted("there is no 'ragstone' command to start; measure a running one with --url")
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _await_address(address: Path, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Return once something listens at the address, and the folder is this process's: another may hold it."""
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise NotStarted(f"ragstone ended with {process.returncode}; see {folder / 'log.txt'}")
        if _holder(folder) == process.pid and address.exists() and _listens(address.read_text()):
            return
        time.sleep(0.1)
    raise NotStarted(f"ragstone did not answer within {_START_SECONDS:.0f} s; see {folder / 'log.txt'}")


def _holder(folder: Path) -> int | None:
    """The process that has the folder."""
    try:
        return int((folder / "lock").read_text())
    except (OSError, ValueError):
        return None


def _listens(url: str) -> bool:
    host, _, port = url.strip().removeprefix("http://").rpartition(":")
    if not port.isdigit():
        return False
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, int(port))) == 0


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
