from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

import pytest
from pydantic import SecretStr

from ragstone_contracts.errors import InvalidRequest
from ragstone_kit.identity import Caller
from ragstone_kit.transport import AsgiTransport, Request, Response
from ragstone_router.ask import CHAT, Ask
from ragstone_router.providers.openai_wire import OpenAIWire
from ragstone_router.providers.opening import GROUP, ProviderConfig, open_provider
from ragstone_testing.scripted_models import ScriptedModelServer

HOSTED = ("openai", "gemini", "groq", "cohere", "together", "fireworks", "deepseek", "openrouter")
Send = Callable[[Request], AbstractAsyncContextManager[Response]]


class Listening(AsgiTransport):
    """Keeps what was sent; whatever address it was meant for, the scripted server answers."""

    def __init__(self, server: ScriptedModelServer) -> None:
        super().__init__(server)
        self.sent: list[Request] = []

    @asynccontextmanager
    async def send(self, request: Request) -> Any:
        self.sent.append(request)
        async with super().send(Request("POST", "/v1/chat/completions", request.headers, request.body)) as response:
            yield response


async def asked(kind: str, caller: Caller, **config: Any) -> tuple[OpenAIWire, Request]:
    wire = open_provider(ProviderConfig(kind=kind, **config))
    assert isinstance(wire, OpenAIWire)
    base, wire.transport = wire.transport, Listening(ScriptedModelServer())
    ask = Ask(caller, CHAT, {"model": "fast", "messages": [{"role": "user", "content": "x"}]})
    async with wire.ask(ask, "a model/1", 5.0) as answer:
        assert b"Hello" in await answer.whole()
    await base.close()
    sent: Request = wire.transport.sent[-1]
    wire.transport = base
    return wire, sent


@pytest.mark.requirement("RTR-2")
@pytest.mark.parametrize("kind", HOSTED)
async def test_a_hosted_vendor_needs_a_key_alone(kind: str, caller: Caller) -> None:
    wire, sent = await asked(kind, caller, key="sk-1")

    assert wire.transport.base_url.startswith("https://")  # type: ignore[attr-defined]  # it is over the network
    assert (sent.path, sent.headers["authorization"]) == ("/chat/completions", "Bearer sk-1")
    assert caller.token not in str(sent)


@pytest.mark.requirement("RTR-2")
async def test_azure_is_asked_at_its_deployment_in_its_version(caller: Caller) -> None:
    there = {"url": "https://name.openai.azure.com/", "key": "k"}
    _, sent = await asked("azure-openai", caller, **there, options={"api_version": "2024-10-21"})
    assert sent.path == "/openai/deployments/a%20model%2F1/chat/completions?api-version=2024-10-21"
    assert sent.headers["api-key"] == "k"

    wire, sent = await asked("azure-openai", caller, **there)
    assert wire.transport.base_url == "https://name.openai.azure.com/openai/v1"  # type: ignore[attr-defined]
    assert sent.path == "/chat/completions"


async def test_bedrock_is_in_a_region(caller: Caller) -> None:
    wire, _ = await asked("bedrock", caller, key="k", options={"region": "eu-west-1"})
    assert "eu-west-1" in wire.transport.base_url  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "kind",
    ["vllm", "llama-cpp", "openai-compatible", "azure-openai", "bedrock", "vertex", "replicate", "cohere-native"],
)
def test_a_provider_without_what_it_needs_is_refused(kind: str) -> None:
    with pytest.raises(InvalidRequest, match=kind):
        open_provider(ProviderConfig(kind=kind))


def test_a_key_does_not_show_where_a_configuration_is_printed() -> None:
    assert "sk-1" not in str(ProviderConfig(kind="openai", key=SecretStr("sk-1")))


BEHIND_LITELLM = {
    "bedrock-native": {"region": "eu-west-1"},
    "vertex-native": {"project": "a-project"},
    "litellm": {"provider": "watsonx"},
}


def test_every_kind_can_be_opened_by_its_name() -> None:
    everything: dict[str, Any] = {"url": "http://127.0.0.1:9", "key": "k"}
    for entry in entry_points(group=GROUP):
        config = ProviderConfig(
            kind=entry.name, options=BEHIND_LITELLM.get(entry.name, {"region": "x", "project": "x"}), **everything
        )
        if entry.name in BEHIND_LITELLM and find_spec("litellm") is None:
            with pytest.raises(InvalidRequest, match="extra 'litellm'"):
                open_provider(config)
        else:
            open_provider(config)


@pytest.mark.parametrize("kind", sorted(BEHIND_LITELLM))
def test_a_vendor_behind_litellm_needs_to_be_told_which_it_is(kind: str) -> None:
    with pytest.raises(InvalidRequest, match="needs options"):
        open_provider(ProviderConfig(kind=kind))
