"""Replicate's server, held to its own client where that is installed (make test-providers)."""

from collections.abc import Iterator
from typing import Any

import pytest

from ragstone_testing.model_servers.replicate import ReplicateServer
from ragstone_testing.model_servers.wire import Fault

replicate = pytest.importorskip("replicate")


@pytest.fixture
def server() -> ReplicateServer:
    return ReplicateServer()


@pytest.fixture
def client(server: ReplicateServer) -> Iterator[Any]:
    with server.listening() as url:
        opened = replicate.Client(api_token=server.key, base_url=url.removesuffix("/v1"))
        opened.poll_interval = 0.01
        yield opened


def test_the_client_waits_for_a_prediction(client: Any, server: ReplicateServer) -> None:
    server.waits = False
    made = client.models.predictions.create(model=server.model, input={"prompt": "Say it."})
    made.wait()
    assert "".join(made.output) == "Hello from the script."
    assert made.metrics["input_token_count"] == 16


def test_the_client_reads_a_stream(client: Any, server: ReplicateServer) -> None:
    pieces = [str(one) for one in client.stream(server.model, input={"prompt": "Say it."})]
    assert "".join(pieces).startswith("Hello from the script.")


def test_the_client_cancels(client: Any, server: ReplicateServer) -> None:
    server.waits = False
    made = client.models.predictions.create(model=server.model, input={"prompt": "Say it."})
    made.cancel()
    assert server.cancelled == [made.id]


def test_the_client_raises_the_errors_of_the_service(client: Any, server: ReplicateServer) -> None:
    server.replies.append(Fault(402, "no credit"))
    with pytest.raises(replicate.exceptions.ReplicateError, match="no credit"):
        client.models.predictions.create(model=server.model, input={"prompt": "x"})
