"""The one image file agrees with the workspace and starts as nobody in particular."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOYED = ["agents", "gateway", "guardrails", "inference", "ingestion", "retrieval", "router"]


def test_it_installs_by_hashes_and_with_the_installer_of_the_bootstrap(root: Path, dockerfile: str) -> None:
    assert "--require-hashes -r requirements-cluster.lock" in dockerfile
    pinned = re.search(r'UV = "(uv==[\d.]+)"', (root / "tools" / "bootstrap.py").read_text())
    assert pinned is not None
    assert pinned.group(1) in dockerfile


def _copied(dockerfile: str, service: str) -> dict[str, str]:
    """What the first stage takes from the context, and where to."""
    pairs = re.findall(r"^COPY ([^-\s]\S*) (\S+)$", dockerfile.replace("${SERVICE}", service), re.MULTILINE)
    assert pairs
    return dict(pairs)


@pytest.mark.parametrize("service", DEPLOYED)
def test_its_packages_build_from_what_it_copies(root: Path, dockerfile: str, service: str, tmp_path: Path) -> None:
    for source, target in _copied(dockerfile, service).items():
        if target.startswith("/"):
            continue
        if (root / source).is_dir():
            ignored = shutil.ignore_patterns("tests", "node_modules", "__pycache__", "testing")
            shutil.copytree(root / source, tmp_path / target, ignore=ignored)
        else:
            shutil.copy(root / source, tmp_path / target)
    line = next(line for line in dockerfile.splitlines() if "--no-deps" in line)
    arguments = line.replace("${SERVICE}", service).split()[2:]
    uv, out = str(Path(sys.executable).with_name("uv")), tmp_path / "out"
    command = [uv, *arguments, "--offline", "--target", str(out), "--python", sys.executable]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (out / f"ragstone_{service}" / "__main__.py").exists()


@pytest.mark.parametrize("service", DEPLOYED)
def test_the_context_holds_what_it_copies(root: Path, dockerfile: str, service: str) -> None:
    kept = re.findall(r"^!(\S+)$", (root / "deploy/docker/Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert {source.partition("/")[0] for source in _copied(dockerfile, service)} == set(kept)


def test_it_installs_every_library_a_service_needs(root: Path, dockerfile: str) -> None:
    installed = set(re.findall(r"libs/(\w+)", next(line for line in dockerfile.splitlines() if "--no-deps" in line)))
    needed: set[str] = set()
    for manifest in (root / "services").glob("*/pyproject.toml"):
        if manifest.parent.name != "standalone":
            needed.update(re.findall(r"^ragstone-(\w+) = \{ workspace", manifest.read_text(), re.MULTILINE))
    assert needed == installed


def test_it_runs_without_privileges_and_says_whether_it_lives(dockerfile: str) -> None:
    final = dockerfile.rpartition("FROM ")[2]
    user = re.search(r"^USER (\d+)", final, re.MULTILINE)
    assert user is not None
    assert int(user.group(1)) > 0
    assert "HEALTHCHECK" in final
    assert "/healthz" in final
