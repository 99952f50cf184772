"""How a parser process ties its own hands, before it sees the first byte of a document.

Layers, each of which holds where the others cannot: resource limits of the kernel; an empty network namespace where the
kernel grants one; an audit hook that refuses connections and new processes from Python code everywhere.
"""

import ctypes
import math
import os
import resource
import select
import signal
import sys
import threading
from typing import Any

from ragstone_contracts.model import Wire

_MEGABYTE = 1024 * 1024
_OPEN_FILES = 256
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_REFUSED = {
    "socket.connect": "connect to the network",
    "socket.bind": "listen on the network",
    "socket.sendto": "send to the network",
    "socket.sendmsg": "send to the network",
    "socket.getaddrinfo": "look up a host name",
    "socket.gethostbyname": "look up a host name",
    "socket.gethostbyaddr": "look up an address",
    "subprocess.Popen": "start a process",
    "os.system": "start a process",
    "os.exec": "start a process",
    "os.fork": "start a process",
    "os.forkpty": "start a process",
    "os.posix_spawn": "start a process",
    "os.kill": "send a signal",
    "os.killpg": "send a signal",
}


class SandboxViolation(PermissionError):
    """A parser tried what no parser has to do."""


class Confinement(Wire):
    """What the parent tells a new process about its limits."""

    parent: int
    memory_mb: int
    seconds: int
    output_mb: int
    plugin_paths: list[str] = []


def confine(confinement: Confinement, requests: int) -> bool:
    """Applies every layer to this process, whose requests come from the pipe ``requests``.

    Returns whether the kernel took its network away.
    """
    isolated = _leave_network()
    _end_with_parent(confinement.parent, requests)
    _limit(resource.RLIMIT_AS, confinement.memory_mb * _MEGABYTE)
    _limit(resource.RLIMIT_FSIZE, confinement.output_mb * _MEGABYTE)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit(resource.RLIMIT_CORE, 0)
    sys.addaudithook(_audit)
    return isolated


def allow_cpu(seconds: int) -> None:
    """Grants this process so many more seconds of CPU; the kernel kills it when they are spent."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + seconds, hard))


def peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _MEGABYTE if sys.platform == "darwin" else peak / 1024


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _leave_network() -> bool:
    """Moves into a network namespace without interfaces; needs Linux, and a privilege or user namespaces."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _end_with_parent(parent: int, requests: int) -> None:
    """Ends this process when its parent does, however that ends: by the kernel on Linux, and by the closed pipe."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    threading.Thread(target=_wait_for_hangup, args=(requests,), daemon=True).start()


def _wait_for_hangup(pipe: int) -> None:
    poller = select.poll()
    poller.register(pipe, 0)
    poller.poll()
    os._exit(0)


def _audit(event: str, _: tuple[Any, ...]) -> None:
    if event in _REFUSED:
        raise SandboxViolation(f"the parser tried to {_REFUSED[event]}")
