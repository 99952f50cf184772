"""Where and with which code a run was made."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_REPORTED = ("ragstone-evals", "numpy", "qdrant-edge-py", "onnxruntime")
"""The last two matter where the Ragstone that is measured runs in the same environment."""


def environment() -> dict[str, str]:
    """The machine's kind and the versions of what computes the figures; nothing that names a person or a host."""
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": str(os.cpu_count()),
    }
    return machine | {name: installed for name in _REPORTED if (installed := _version(name))}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def code_revision() -> str:
    """The commit of this working tree, with ``+changes`` when files differ from it; ``unknown`` outside one."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return "unknown"
    return commit + ("+changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str:
    program = shutil.which("git")
    if program is None:
        return ""
    outcome = subprocess.run([program, *arguments], cwd=_HERE, capture_output=True, text=True, check=False)  # noqa: S603
    return outcome.stdout.strip() if outcome.returncode == 0 else ""
