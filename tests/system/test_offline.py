import subprocess
import sys
from pathlib import Path

import pytest

NAMESPACE = ["unshare", "--map-root-user", "--net"]


def _namespaces_are_allowed() -> bool:
    try:
        return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.requirement("SEC-5")
@pytest.mark.skipif(not _namespaces_are_allowed(), reason="this machine allows no network namespace to test it in")
def test_it_starts_and_answers_on_a_machine_without_any_network(tmp_path: Path) -> None:
    command = [*NAMESPACE, sys.executable, "-m", "tests.system.offline", str(tmp_path / "data")]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "1988" in done.stdout
