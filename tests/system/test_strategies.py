"""Every leg and step through the door, with the models and the engine that ship."""

from typing import Any

import pytest

from .running import Ragstone, upload, wait_until_ended

TOWNS = ("Halden", "Moss", "Drammen")
TOWN = """# Harbour guide of {town}

## Tides

High water at {town} comes twice a day. {filler} The tide table of {town} hangs at the pier.

## Fees

Mooring fees at {town} are {fee} crowns a metre. {filler} They are paid at the office.
"""
FILLER = "Boats keep to the marked channel and give way to the ferry, which is large and in a hurry. " * 12


@pytest.fixture(scope="module")
def collection(ragstone: Ragstone) -> str:
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "guides"}).raise_for_status()
        for fee, town in enumerate(TOWNS, start=12):
            content = TOWN.format(town=town, fee=fee, filler=FILLER).encode()
            document = upload(client, "guides", f"{town}.md", content).json()["document_id"]
            assert wait_until_ended(client, document)["state"] == "ready"
    return "guides"


def search(ragstone: Ragstone, **fields: Any) -> Any:
    asked = {"query": "what are the mooring fees at Moss and when is high water there?", **fields}
    with ragstone.client() as client:
        return client.post("/v1/search", json=asked).raise_for_status().json()


@pytest.mark.requirement("RET-2")
@pytest.mark.parametrize(
    "strategy",
    [
        *("dense", "sparse", "hybrid", "rrf"),
        *(f"hybrid+{step}" for step in ("multi", "rerank", "late", "mmr", "diverse:1", "recent", "neighbours:2")),
        "rrf+multi:5+rerank:30+late:10+mmr:0.6+recent:365+diverse:2+neighbours",
    ],
)
def test_every_strategy_finds_the_right_guide_and_its_own_text(
    ragstone: Ragstone, collection: str, strategy: str
) -> None:
    found = search(ragstone, collection=collection, strategy=strategy, limit=6)
    assert (found["strategy"], found["degraded"]) == (strategy, [])
    assert found["results"][0]["title"] == "Harbour guide of Moss"
    with ragstone.client() as client:
        for result in found["results"]:
            wanted = {name: result[name] for name in ("version", "start", "end")}
            text = client.get(f"/v1/documents/{result['document_id']}/text", params=wanted).raise_for_status().json()
            assert text["text"] == result["text"]


def test_neighbours_make_passages_longer(ragstone: Ragstone, collection: str) -> None:
    alone, joined = (
        search(ragstone, collection=collection, strategy=strategy, limit=1)["results"][0]
        for strategy in ("hybrid", "hybrid+neighbours:10")
    )
    assert alone["text"] in joined["text"]
    assert len(joined["text"]) > len(alone["text"])
    assert "The tide table of Moss" in joined["text"]
    assert "paid at the office" in joined["text"]
