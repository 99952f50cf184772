"""What holds of every vendor behind litellm; in the environment that has it (make test-providers)."""

import asyncio
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import orjson
import pytest
from services.router.tests.conftest import MakeAsk

from ragstone_router.errors import DeploymentFailed
from ragstone_router.providers.litellm.loading import Sdk
from ragstone_router.providers.opening import ProviderConfig, open_provider
from ragstone_router.providers.port import Provider
from ragstone_testing.model_servers.openai import OpenAIServer
from ragstone_testing.model_servers.wire import Fault

pytestmark = pytest.mark.skipif(find_spec("litellm") is None, reason="make test-providers has litellm")
MODEL = OpenAIServer.model
_SDK = Sdk()


@pytest.fixture
def server() -> OpenAIServer:
    return OpenAIServer()


@pytest.fixture
def provider(server: OpenAIServer) -> Iterator[Provider]:
    with server.listening() as url:
        config = {"kind": "litellm", "key": "sk-test", "url": url, "options": {"provider": "openai"}}
        yield open_provider(ProviderConfig.model_validate(config))


@pytest.mark.requirement("RTR-2")
async def test_the_event_loop_goes_on_while_litellm_is_loaded() -> None:
    if "litellm" in sys.modules:
        pytest.skip("another test of this process has loaded it")
    turns, loading = 0, asyncio.ensure_future(_SDK.get())
    while not loading.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 20
    assert loading.result().telemetry is False


async def test_a_caller_says_nothing_of_where_and_with_which_key_it_is_asked(
    provider: Provider, server: OpenAIServer, make_ask: MakeAsk
) -> None:
    """To litellm a field of a request may be an address, a key, a file or an answer made up."""
    evil: dict[str, Any] = {
        "api_base": "http://127.0.0.1:9/v1",
        "base_url": "http://127.0.0.1:9/v1",
        "api_key": "sk-other",
        "mock_response": "made up",
        "custom_llm_provider": "replicate",
        "vertex_credentials": "/etc/passwd",
        "extra_headers": {"x-evil": "1"},
        "fallbacks": ["openai/other"],
    }
    async with provider.ask(make_ask(**evil), MODEL, 10.0) as answer:
        body = orjson.loads(await answer.whole())
    assert body["choices"][0]["message"]["content"] == "Hello from the script."
    assert set(server.received[-1].body) <= {"model", "messages", "max_retries"}
    assert "x-evil" not in server.received[-1].headers


async def test_a_vendor_that_fails_is_asked_once(provider: Provider, server: OpenAIServer, make_ask: MakeAsk) -> None:
    server.replies.extend([Fault(503), Fault(503)])
    started = time.monotonic()
    with pytest.raises(DeploymentFailed, match="http_503"):
        async with provider.ask(make_ask(), MODEL, 10.0):
            pass
    assert len(server.received) == 1
    assert time.monotonic() - started < 10


async def test_how_long_to_leave_a_vendor_alone_is_told(
    provider: Provider, server: OpenAIServer, make_ask: MakeAsk
) -> None:
    server.replies.append(Fault(429, "slow down", retry_after=7))
    with pytest.raises(DeploymentFailed) as caught:
        async with provider.ask(make_ask(), MODEL, 10.0):
            pass
    assert caught.value.retry_after == 7


async def test_texts_are_embedded(provider: Provider, make_ask: MakeAsk) -> None:
    ask = make_ask()
    embed = type(ask)(ask.caller, "/embeddings", {"model": "it", "input": ["one", "two"]})
    async with provider.ask(embed, MODEL, 10.0) as answer:
        assert len(orjson.loads(await answer.whole())["data"]) == 2
