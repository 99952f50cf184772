"""Make the project's own environment, or do nothing when it is already as the locks say.

Usage: ``python3 tools/bootstrap.py [run|dev|local]``. Standard library only, because it runs before anything is
installed. The environment lives in ``.venv``; a stamp holds the hash of every input, so a second call costs one read.
"""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
UV = "uv==0.13.9"
LOCKS = {"run": ["requirements.lock"], "dev": ["requirements-dev.lock"], "local": ["requirements-local.lock"]}


def packages() -> list[Path]:
    """The workspace's own packages, each a folder with a pyproject.toml."""
    return [path.parent for path in [*sorted(ROOT.glob("*/*/pyproject.toml")), ROOT / "evals/pyproject.toml"]]


def fingerprint(kind: str) -> str:
    inputs = [ROOT / name for name in LOCKS[kind]] + [folder / "pyproject.toml" for folder in packages()]
    digest = hashlib.sha256(f"{sys.version} {ROOT}".encode())
    for path in inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run(*command: object) -> None:
    # Hard links break packages that write beside their own files; a Python download is not "only what you have".
    environment = os.environ | {"UV_LINK_MODE": "copy", "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(ENVIRONMENT)}
    subprocess.run([str(part) for part in command], check=True, env=environment, cwd=ROOT)


def install(kind: str) -> None:
    if not (BIN / "python").exists():
        print("Making the environment in .venv (first time only) ...", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    print("Installing what Ragstone needs ...", flush=True)
    for lock in LOCKS[kind]:
        run(BIN / "uv", "pip", "install", "--quiet", "--require-hashes", "-r", lock)
    editable = [part for folder in packages() for part in ("-e", folder)]
    run(BIN / "uv", "pip", "install", "--quiet", "--no-deps", *editable)


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if sys.version_info < (3, 11):  # noqa: UP036  runs before anything checked the version
        sys.exit("Ragstone needs Python 3.11 or newer; this is " + sys.version.split()[0])
    stamp, wanted = ENVIRONMENT / f"stamp-{kind}", fingerprint(kind)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    install(kind)
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
