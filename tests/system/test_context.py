"""Contexts and why-not through the door and from a terminal, on real documents."""

import json
from typing import Any

import pytest

from .running import Ragstone, upload, wait_until_ended
from .test_command_line import _run as run

GUIDE = """# Harbour guide

## Tides

High water at Halden comes twice a day. {filler} The tide table hangs at the pier.

## Fees

Mooring fees are 12 crowns a metre. {filler} They are paid at the office.
"""
CIDER = b"# Cider\n\nCider of bitter apples keeps for years."
FILLER = "Boats keep to the marked channel and give way to the ferry, which is large and in a hurry. " * 12


@pytest.fixture(scope="module")
def documents(ragstone: Ragstone) -> dict[str, str]:
    """Document ids by file name, in a collection of their own."""
    files = {"guide.md": GUIDE.format(filler=FILLER).encode(), "cider.md": CIDER, "cider again.md": CIDER}
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "harbour"}).raise_for_status()
        found = {
            name: upload(client, "harbour", name, content).json()["document_id"] for name, content in files.items()
        }
        assert {wait_until_ended(client, one)["state"] for one in found.values()} == {"ready"}
    return found


def post(ragstone: Ragstone, path: str, **fields: Any) -> Any:
    with ragstone.client() as client:
        asked = {"query": "mooring fees at Halden and the tide table", "collection": "harbour", **fields}
        return client.post(path, json=asked).raise_for_status().json()


def test_a_context_is_within_its_budget_and_every_block_is_the_sources_own_text(
    ragstone: Ragstone, documents: dict[str, str]
) -> None:
    context = post(ragstone, "/v1/context", max_tokens=900, order="document")
    assert context["tokenizer"] == "bge-small-en-v1.5"
    assert 0 < context["tokens"] <= 900
    assert context["blocks"]
    with ragstone.client() as client:
        for block in context["blocks"]:
            wanted = {name: block[name] for name in ("version", "start", "end")}
            text = client.get(f"/v1/documents/{block['document_id']}/text", params=wanted).raise_for_status().json()
            assert text["text"] == block["text"]
            assert block["text"] in context["prompt"]
    guides = [block for block in context["blocks"] if block["title"] == "Harbour guide"]
    assert any(len(block["chunk_ids"]) > 1 for block in guides)


@pytest.mark.requirement("RET-5")
def test_why_a_document_was_not_found_is_said_at_the_door_and_in_a_terminal(
    ragstone: Ragstone, documents: dict[str, str]
) -> None:
    path = "/v1/search/why-not"
    said = post(ragstone, path, document_id=documents["cider.md"], filters={"filename": "guide.md"})
    assert said["reason"] == "filter"
    both = [post(ragstone, path, document_id=documents[name], query="cider") for name in ("cider.md", "cider again.md")]
    assert {one["reason"] for one in both} == {"retrieved", "duplicate"}
    shown = run(ragstone, "why-not", "tide table", documents["cider.md"], "-c", "harbour", "--strategy", "sparse")
    assert "no_common_term" in shown.stdout, shown.stderr
    asked = ["why-not", "cider", documents["cider.md"], "--filters", '{"filename": "cider.md"}', "--json"]
    assert json.loads(run(ragstone, *asked).stdout)["reason"] == "retrieved"
    unknown = run(ragstone, "why-not", "cider", "nothing")
    assert unknown.stderr.startswith("not_found: ")
