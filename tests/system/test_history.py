"""A collection through time, through the door and from a terminal."""

import subprocess
import sys
import time
from typing import Any

import httpx
import pytest

from .running import Ragstone, upload, wait_until_ended

QUERY = "when is high water"


def put(client: httpx.Client, name: str, text: str) -> None:
    accepted = upload(client, "high-water", name, text.encode()).raise_for_status().json()
    assert wait_until_ended(client, accepted["document_id"])["state"] == "ready"


def found(client: httpx.Client, **how: Any) -> list[str]:
    body = {"query": QUERY, "collection": "high-water", "strategy": "sparse"} | how
    return sorted(one["text"] for one in client.post("/v1/search", json=body).raise_for_status().json()["results"])


def command(ragstone: Ragstone, *arguments: str) -> str:
    key_file = ragstone.data_dir / "api-key"
    line = [sys.executable, "-m", "ragstone_standalone", *arguments, "--url", ragstone.url, "--key-file", str(key_file)]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


@pytest.mark.requirement("RET-4")
def test_a_collection_is_named_changed_compared_and_brought_back(ragstone: Ragstone) -> None:
    path = "/v1/collections/high-water"
    six, seven, dock = "High water is at six.", "High water is at seven.", "High water floods the dock."
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "high-water"}).raise_for_status()
        put(client, "tides.txt", six)
        taken = client.post(f"{path}/snapshots", json={"name": "spring"}).raise_for_status().json()
        put(client, "tides.txt", seven)
        put(client, "dock.txt", dock)
        assert found(client) == sorted([seven, dock])
        assert found(client, as_of="spring") == found(client, as_of=taken["sequence"]) == [six]

        diff = client.get(f"{path}/diff", params={"from": "spring"}).raise_for_status().json()
        assert {one["filename"]: one["change"] for one in diff["listed"]} == {
            "dock.txt": "added",
            "tides.txt": "changed",
        }
        asked = {"from": "spring", "queries": [QUERY], "strategy": "sparse"}
        [change] = client.post(f"{path}/diff", json=asked).raise_for_status().json()["queries"]
        assert sorted(one["text"] for one in change["entered"]) == sorted([seven, dock])
        assert [one["text"] for one in change["left"]] == [six]

        begun = client.post(f"{path}/rollback", json={"to": "spring"}).raise_for_status().json()
        assert found(client) == [six]
        deadline = time.monotonic() + 30
        while client.get(f"{path}/rollback").json()["state"] != "done":
            assert found(client) == [six]
            assert time.monotonic() < deadline
        assert found(client) == [six]
        assert found(client, as_of=begun["before"]) == sorted([seven, dock])
        past = {"query": "x", "collection": "high-water", "as_of": "9"}
        assert client.post("/v1/search", json=past).status_code == 404
    assert "before-rollback-1" in command(ragstone, "snapshots", "list", "-c", "high-water")
    assert "tides.txt" in command(ragstone, "diff", "before-rollback-1", "-c", "high-water")
    assert "before-rollback-2" in command(ragstone, "rollback", "--undo", "-c", "high-water")
    with ragstone.client() as client:
        assert found(client) == sorted([seven, dock])
