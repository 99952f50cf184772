"""Vertex AI's server, held to Google's own client where that is installed (make test-providers)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ragstone_testing.model_servers.vertex import VertexServer
from ragstone_testing.model_servers.wire import Call, Counted, Fault, Reply

genai = pytest.importorskip("google.genai")
credentials = pytest.importorskip("google.oauth2.credentials")


@pytest.fixture(scope="module")
def server() -> VertexServer:
    return VertexServer()


@pytest.fixture(scope="module")
def client(server: VertexServer) -> Iterator[Any]:
    with server.listening() as url:
        yield genai.Client(
            vertexai=True,
            project=server.project,
            location=server.location,
            credentials=credentials.Credentials(token=server.token),
            http_options={"base_url": url, "api_version": "v1"},
        )


def test_the_client_reads_an_answer(client: Any, server: VertexServer) -> None:
    server.replies.append(Reply(counted=Counted(reasoning=3)))
    said = client.models.generate_content(model=server.model, contents="Say it.")
    assert said.text == "Hello from the script."
    used = said.usage_metadata
    counts = (used.prompt_token_count, used.candidates_token_count, used.thoughts_token_count, used.total_token_count)
    assert counts == (16, 1, 3, 20)


def test_the_client_reads_a_stream(client: Any, server: VertexServer) -> None:
    server.replies.append(Reply(calls=(Call("-", "weather", {"place": "Oslo"}),), finish="tools"))
    chunks = list(client.models.generate_content_stream(model=server.model, contents="Say it."))
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    assert "".join(part.text or "" for part in parts) == "Hello from the script."
    assert parts[-1].function_call.args == {"place": "Oslo"}


def test_the_client_raises_the_errors_of_the_service(client: Any, server: VertexServer) -> None:
    server.replies.append(Fault(429, "too many"))
    with pytest.raises(genai.errors.ClientError, match="RESOURCE_EXHAUSTED"):
        client.models.generate_content(model=server.model, contents="Say it.")
