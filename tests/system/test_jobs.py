import subprocess
import sys
from typing import Any

import pytest

from .running import Ragstone, wait_until_ended


def _run(ragstone: Ragstone, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ["--url", ragstone.url, "--key-file", str(ragstone.data_dir / "api-key")]
    command = [sys.executable, "-m", "ragstone_standalone", "jobs", *arguments, *where]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


@pytest.mark.requirement("ING-3")
@pytest.mark.requirement("ING-4")
def test_a_rejected_document_is_explained_listed_and_tried_again(ragstone: Ragstone) -> None:
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "dead letters"}).raise_for_status()
        blank = {"file": ("blank.txt", b" \n \n ", "text/plain")}
        upload = client.post("/v1/documents", data={"collection": "dead letters"}, files=blank)
        accepted = upload.raise_for_status().json()
        ended: dict[str, Any] = wait_until_ended(client, accepted["document_id"])
        why = client.get(f"/v1/documents/{accepted['document_id']}/why").raise_for_status().json()
        listed = client.get("/v1/jobs", params={"collection": "dead letters", "state": "rejected"}).json()
        metrics = client.get("/metrics").text
    assert ended["state"] == "rejected"
    assert why["decisions"][-1]["facts"]["code"] == ended["error"]["code"]
    assert why["decisions"][-1]["facts"]["hint"]
    assert [job["job_id"] for job in listed["jobs"]] == [accepted["job_id"]]
    assert "ragstone_ingestion_attempts_total" in metrics
    assert "blank.txt" in _run(ragstone, "list", "--collection", "dead letters").stdout
    shown = _run(ragstone, "show", accepted["job_id"])
    assert "took the media type from the content" in shown.stdout, shown.stderr
    assert "is queued again" in _run(ragstone, "requeue", accepted["job_id"]).stdout
    assert "nothing is queued or running" in _run(ragstone, "watch").stdout
    assert _run(ragstone, "requeue", "never-was").stderr.startswith("not_found: ")
