"""Bedrock's server, held to AWS's own client, which checks the framing of its streams."""

from collections.abc import Iterator
from typing import Any

import pytest

from ragstone_testing.model_servers.bedrock_converse import BedrockConverseServer
from ragstone_testing.model_servers.wire import Call, Fault, Reply

boto3 = pytest.importorskip("boto3")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ASKED: list[Any] = [{"role": "user", "content": [{"text": "Say it."}]}]
TOOLS = {"tools": [{"toolSpec": {"name": "weather", "inputSchema": {"json": {"type": "object"}}}}]}


@pytest.fixture(scope="module")
def server() -> BedrockConverseServer:
    return BedrockConverseServer()


@pytest.fixture(scope="module")
def client(server: BedrockConverseServer) -> Iterator[Any]:
    with server.listening() as url:
        yield boto3.client(
            "bedrock-runtime",
            endpoint_url=url,
            region_name=server.region,
            aws_access_key_id=server.access_key,
            aws_secret_access_key="scripted",
        )


def test_the_client_reads_an_answer(client: Any, server: BedrockConverseServer) -> None:
    said = client.converse(modelId=server.model, messages=ASKED)
    assert said["output"]["message"]["content"] == [{"text": "Hello from the script."}]
    assert said["usage"]["cacheReadInputTokens"] == 5


def test_the_client_reads_a_stream(client: Any, server: BedrockConverseServer) -> None:
    server.replies.append(Reply(calls=(Call("t1", "weather", {"place": "Oslo"}),), finish="tools"))
    events = list(client.converse_stream(modelId=server.model, messages=ASKED, toolConfig=TOOLS)["stream"])
    deltas = [one["contentBlockDelta"]["delta"] for one in events if "contentBlockDelta" in one]
    assert "".join(delta.get("text", "") for delta in deltas) == "Hello from the script."
    assert "".join(delta["toolUse"]["input"] for delta in deltas if "toolUse" in delta) == '{"place":"Oslo"}'
    assert events[-1]["metadata"]["usage"]["totalTokens"] == 20


def test_the_client_raises_what_a_stream_breaks_off_with(client: Any, server: BedrockConverseServer) -> None:
    server.replies.append(Reply(error_after=2))
    with pytest.raises(client.exceptions.ClientError, match="the model failed"):
        list(client.converse_stream(modelId=server.model, messages=ASKED)["stream"])


def test_the_client_raises_the_errors_of_the_service(client: Any, server: BedrockConverseServer) -> None:
    server.replies.append(server.overflow())
    with pytest.raises(client.exceptions.ValidationException, match="too long"):
        client.converse(modelId=server.model, messages=ASKED)
    server.replies.extend([Fault(403)])
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.converse(modelId=server.model, messages=ASKED)
