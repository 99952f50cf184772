"""What a collection's chunker decides, seen through the public API."""

from itertools import pairwise
from typing import Any

import pytest

from .running import Ragstone, upload, wait_until_ended

GUIDE = "\n".join(
    [
        "# Lighthouses",
        *(
            f"\n## Lamp {number}\n\nLamp {number} stands on cliff {number}. Its keeper is called Keeper{number}. "
            f"The lens was ground in the year {1800 + number} by hand. Ships see it from {number + 9} miles away."
            for number in range(30)
        ),
        "\n## Costs\n\nThe costs of a year:\n\n| Lamp | Oil in litres | Wages |\n|---|---|---|",
        *(f"| Lamp {number} on the long northern coast road | {number * 7} | {number * 90} |" for number in range(40)),
    ]
)


def _ask(ragstone: Ragstone, settings: dict[str, Any], name: str, query: str) -> list[dict[str, Any]]:
    """The results, each of them exactly what the source says at its range."""
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": name, "settings": settings}).raise_for_status()
        document_id = upload(client, name, "guide.md", GUIDE.encode()).raise_for_status().json()["document_id"]
        assert wait_until_ended(client, document_id)["state"] == "ready"
        answer = client.post("/v1/search", json={"query": query, "collection": name, "limit": 20}).raise_for_status()
        results: list[dict[str, Any]] = answer.json()["results"]
        for result in results:
            where = {"version": result["version"], "start": result["start"], "end": result["end"]}
            assert client.get(f"/v1/documents/{document_id}/text", params=where).json()["text"] == result["text"]
    return results


@pytest.mark.requirement("ING-9", "RET-2")
def test_the_parent_is_returned_for_its_child_and_only_once(ragstone: Ragstone) -> None:
    settings = {"chunker": "parent-child", "chunk_tokens": 48, "parent_tokens": 256}
    results = _ask(ragstone, settings, "parents", "Who is the keeper of lamp 17?")
    assert "Keeper17" in results[0]["text"]
    assert results[0]["text"].count("Keeper") > 1
    ranges = sorted((result["start"], result["end"]) for result in results)
    assert all(end <= start for (_, end), (start, _) in pairwise(ranges))


@pytest.mark.requirement("ING-9")
def test_a_sentence_is_found_and_its_window_is_returned(ragstone: Ragstone) -> None:
    settings = {"chunker": "sentence-window", "window_sentences": 1}
    best = _ask(ragstone, settings, "windows", "Which lens was ground in the year 1817?")[0]
    assert "1817" in best["text"]
    assert best["text"].endswith("miles away.")


@pytest.mark.requirement("ING-9")
def test_a_row_far_down_a_table_comes_with_the_first_row_and_the_line_before_it(ragstone: Ragstone) -> None:
    results = _ask(ragstone, {}, "tables", "litres of oil and wages of Lamp 37 on the northern coast road")
    [row] = [result for result in results if "Lamp 37 on the long" in result["text"]]
    assert row["context"] == "The costs of a year:\nLamp | Oil in litres | Wages"


@pytest.mark.requirement("CIT-1")
@pytest.mark.parametrize("chunker", ["header-aware", "parent-child", "sentence-window"])
def test_an_answer_from_a_cut_table_cites_the_row_and_not_its_context(ragstone: Ragstone, chunker: str) -> None:
    _ask(ragstone, {"chunker": chunker}, f"cited-{chunker}", "oil")
    question = "How many litres of oil does Lamp 37 on the long northern coast road need?"
    with ragstone.client() as client:
        asked = {"question": question, "collection": f"cited-{chunker}"}
        answer = client.post("/v1/chat", json=asked).raise_for_status().json()
        assert answer["citations"]
        for citation in answer["citations"]:
            where = {name: citation[name] for name in ("version", "start", "end")}
            text = client.get(f"/v1/documents/{citation['document_id']}/text", params=where).json()["text"]
            assert text == citation["quote"]
    assert any("Lamp 37" in citation["quote"] and "259" in citation["quote"] for citation in answer["citations"])


@pytest.mark.parametrize("settings", [{"chunker": "chisel"}, {"parent_tokens": 400}, {"chunk_tokens": 7}])
def test_settings_that_no_chunker_takes_are_refused_when_the_collection_is_made(
    ragstone: Ragstone, settings: dict[str, Any]
) -> None:
    with ragstone.client() as client:
        refused = client.post("/v1/collections", json={"name": "refused", "settings": settings})
        assert refused.status_code == 422
        assert "refused" not in [one["name"] for one in client.get("/v1/collections").json()["collections"]]
