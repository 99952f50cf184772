"""Any OpenAI-compatible server as the writer, by one setting."""

from collections.abc import Iterator
from typing import Any

import pytest

from ragstone_testing.scripted_models import Script, ScriptedModelServer

from .running import Ragstone, upload, wait_until_ended

SOURCE = "The Halden bridge was painted green in 1988. It carries two lanes over the river Tista."
QUESTION = "When was the Halden bridge painted?"


@pytest.fixture(scope="module")
def writer() -> ScriptedModelServer:
    return ScriptedModelServer(model="some-writer")


@pytest.fixture(scope="module")
def ragstone(writer: ScriptedModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ragstone]:
    with writer.listening() as url:
        environment = {"RAGSTONE_ROUTER__WRITER": url}
        ragstone = Ragstone(tmp_path_factory.mktemp("writer") / "data", port=18300, environment=environment).start()
        with ragstone.client() as client:
            client.post("/v1/collections", json={"name": "bridges"}).raise_for_status()
            accepted = upload(client, "bridges", "halden.txt", SOURCE.encode()).raise_for_status().json()
            assert wait_until_ended(client, accepted["document_id"])["state"] == "ready"
        yield ragstone
        ragstone.stop()


def _ask(ragstone: Ragstone) -> dict[str, Any]:
    with ragstone.client() as client:
        body = {"question": QUESTION, "collection": "bridges"}
        answer: dict[str, Any] = client.post("/v1/chat", json=body).raise_for_status().json()
    return answer


@pytest.mark.requirement("CIT-1")
def test_what_a_writer_invents_is_removed_and_what_the_source_says_stays(
    ragstone: Ragstone, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(
        Script(("The Halden bridge was ", "painted green in 1988 [1]. ", "It was designed by Gustave Eiffel [1]."))
    )
    answer = _ask(ragstone)
    assert answer["answer"] == "The Halden bridge was painted green in 1988."
    assert answer["citations"][0]["quote"] == "The Halden bridge was painted green in 1988."
    assert ["Eiffel" in one["sentence"] for one in answer["unsupported"]] == [True]
    assert answer["model"] == "some-writer"
    assert answer["fallback"] is None
    assert answer["cost_usd"] is None


def test_a_writer_that_fails_is_stood_in_for_by_the_extractive_answerer(
    ragstone: Ragstone, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(status=503))
    answer = _ask(ragstone)
    assert "1988" in answer["answer"]
    assert answer["model"] == "ragstone-extractive"
    assert answer["fallback"]["wanted"] == "some-writer"
    assert answer["fallback"]["reason"]


def test_the_writers_key_and_passages_go_to_it_and_the_internal_token_does_not(
    ragstone: Ragstone, writer: ScriptedModelServer
) -> None:
    writer.scripts.append(Script(("Nothing.",)))
    _ask(ragstone)
    sent = writer.received[-1]
    assert "authorization" not in sent.headers
    assert SOURCE in sent.body["messages"][-1]["content"]
