"""What questions used, through the public door."""

import pytest

from .running import Ragstone, upload, wait_until_ended


@pytest.mark.requirement("RTR-5")
def test_a_question_is_entered_with_its_tokens_and_its_cost(ragstone: Ragstone) -> None:
    with ragstone.client() as client:
        client.post("/v1/collections", json={"name": "usage"}).raise_for_status()
        accepted = upload(client, "usage", "gate.md", b"# The gate\n\nThe gate of the harbour is twelve feet wide.\n")
        wait_until_ended(client, accepted.raise_for_status().json()["document_id"])
        asked = {"question": "How wide is the gate of the harbour?", "collection": "usage"}
        answer = client.post("/v1/chat", json=asked).raise_for_status().json()
        rows = client.get("/v1/usage", params={"by": ["model", "key"]}).raise_for_status().json()["rows"]

    [row, *_] = [one for one in rows if one["model"] == answer["model"] and one["key"]]
    assert row["requests"] >= 1
    assert row["prompt_tokens"] > 0
    assert (row["cost_usd"], row["of_unknown_cost"]) == (0, 0)
