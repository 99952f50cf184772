import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def told(database: Path, *arguments: str) -> Any:
    environment = {"RAGSTONE_ROUTER__DATABASE_URL": f"sqlite+aiosqlite:///{database}"}
    command = [sys.executable, "-m", "ragstone_router.keys", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def test_the_first_key_of_a_deployment_is_issued_from_a_terminal(tmp_path: Path) -> None:
    said = ["--tenant", "acme", "--user", "ann", "--admin", "--limit", "usd_per_month=50", "--expires", "2027-01-31"]
    issued = told(tmp_path / "router.db", "issue", "first", *said)
    assert issued["key"].startswith("rk-")
    assert (issued["limits"], issued["admin"]) == ({"usd_per_month": 50}, True)
    listed = told(tmp_path / "router.db", "list", "--tenant", "acme")
    assert [one["id"] for one in listed["keys"]] == [issued["id"]]
    assert "not_found" in told(tmp_path / "router.db", "delete", issued["id"], "--tenant", "globex")
