"""A folder kept in step from a terminal, against a real Ragstone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .running import Ragstone, wait_until_ended


def _run(ragstone: Ragstone, *arguments: str, local: bool = True) -> subprocess.CompletedProcess[str]:
    where = [] if local else ["--url", ragstone.url, "--key-file", str(ragstone.data_dir / "api-key")]
    environment = os.environ | ({"RAGSTONE_CLIENT__DATA_DIR": str(ragstone.data_dir)} if local else {})
    command = [sys.executable, "-m", "ragstone_standalone", "connectors", *arguments, *where]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False, env=environment)


@pytest.mark.requirement("ING-11")
def test_a_folder_is_added_synced_shown_and_removed_from_a_terminal(ragstone: Ragstone, tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "a.md").write_text("# Bridges\n\nThe Halden bridge was painted green in 1988.")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 4)
    refused = _run(ragstone, "add", "folder", str(folder), "-c", "kept", local=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith("root_not_allowed: ")

    added = _run(ragstone, "add", "folder", str(folder), "-c", "kept")
    assert added.returncode == 0, added.stderr
    assert "connectors may now read below" in added.stdout
    assert "handbook: in_step: 1 added, 1 skipped" in added.stdout
    (folder / "b.md").write_text("The Orje bridge was painted blue in 1990.")
    synced = _run(ragstone, "sync", "handbook")
    assert "1 added, 1 unchanged, 1 skipped" in synced.stdout, synced.stderr
    listed = json.loads(_run(ragstone, "list", "--json").stdout)
    assert [(one["name"], one["state"]) for one in listed if one["collection"] == "kept"] == [("handbook", "in_step")]
    assert "unsupported_type" in _run(ragstone, "show", "kept/handbook").stdout
    with ragstone.client() as client:
        for document in client.get("/v1/documents", params={"collection": "kept"}).json()["documents"]:
            assert wait_until_ended(client, document["document_id"])["state"] == "ready"
        request = {"query": "Orje bridge painted", "collection": "kept", "limit": 1}
        [found] = client.post("/v1/search", json=request).raise_for_status().json()["results"]
        assert "blue in 1990" in found["text"]
        removed = _run(ragstone, "remove", "handbook", "--documents")
        assert removed.returncode == 0, removed.stderr
        assert client.get("/v1/connectors").json()["connectors"] == []
    unknown = _run(ragstone, "sync", "handbook")
    assert (unknown.returncode, unknown.stderr.startswith("not_found: ")) == (1, True)
