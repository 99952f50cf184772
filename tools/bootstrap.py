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


def run(*command: object, environment: dict[str, str] | None = None) -> None:
    subprocess.run([str(part) for part in command], check=True, env=environment, cwd=ROOT)


def pip_settings() -> dict[str, str]:
    """What this machine's pip is configured with, such as an index of its own: ``{"index-url": ...}``."""
    pip = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check", "config", "list"]
    listed = subprocess.run(pip, capture_output=True, text=True, check=False).stdout
    pairs = (line.split("=", 1) for line in listed.splitlines() if "=" in line)
    return {name.rpartition(".")[2]: value.strip("'\"") for name, value in pairs}


def uv_environment(kind: str) -> dict[str, str]:
    """The environment uv runs in: it does not read pip's configuration, so what matters of it is handed over."""
    pip = pip_settings()
    wanted = {
        "UV_LINK_MODE": "copy",  # hard links break packages that write beside their own files
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "true",
        "UV_NO_CACHE": "true" if kind == "run" else None,  # half a gigabyte that who only runs it never needs again
        "UV_DEFAULT_INDEX": pip.get("index-url"),
        "SSL_CERT_FILE": pip.get("cert"),
    }
    given = {name: value for name, value in wanted.items() if value}
    return given | os.environ | {"VIRTUAL_ENV": str(ENVIRONMENT)}


def install(kind: str) -> None:
    if not (BIN / "python").exists():
        print("Making the environment in .venv (first time only) ...", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
    run(BIN / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    print("Installing what Ragstone needs ...", flush=True)
    environment = uv_environment(kind)
    for lock in LOCKS[kind]:
        run(BIN / "uv", "pip", "install", "--quiet", "--require-hashes", "-r", lock, environment=environment)
    editable = [part for folder in packages() for part in ("-e", folder)]
    run(BIN / "uv", "pip", "install", "--quiet", "--no-deps", *editable, environment=environment)


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if sys.version_info < (3, 11):  # noqa: UP036  runs before anything checked the version
        sys.exit("Ragstone needs Python 3.11 or newer; this is " + sys.version.split()[0])
    stamp, wanted = ENVIRONMENT / f"stamp-{kind}", fingerprint(kind)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    try:
        install(kind)
    except subprocess.CalledProcessError as error:
        sys.exit(f"The installation failed in: {' '.join(map(str, error.cmd[:6]))} ...\nIts own words stand above.")
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
