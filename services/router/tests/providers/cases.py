"""Every kind of provider with the server of its vendor's wire, and what that vendor's wire does not have."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ragstone_testing.model_servers.anthropic import AnthropicServer
from ragstone_testing.model_servers.azure_openai import AzureOpenAIServer
from ragstone_testing.model_servers.bedrock_converse import BedrockConverseServer
from ragstone_testing.model_servers.bedrock_openai import BedrockOpenAIServer
from ragstone_testing.model_servers.cohere import CohereServer
from ragstone_testing.model_servers.cohere_openai import CohereOpenAIServer
from ragstone_testing.model_servers.deepseek import DeepSeekServer
from ragstone_testing.model_servers.fireworks import FireworksServer
from ragstone_testing.model_servers.gemini_openai import GeminiOpenAIServer, VertexOpenAIServer
from ragstone_testing.model_servers.groq import GroqServer
from ragstone_testing.model_servers.llama_cpp import LlamaCppServer
from ragstone_testing.model_servers.ollama import OllamaServer
from ragstone_testing.model_servers.openai import OpenAIServer
from ragstone_testing.model_servers.openrouter import OpenRouterServer
from ragstone_testing.model_servers.replicate import ReplicateServer
from ragstone_testing.model_servers.together import TogetherServer
from ragstone_testing.model_servers.vertex import VertexServer
from ragstone_testing.model_servers.vllm import VllmServer
from ragstone_testing.model_servers.wire import WireServer


@dataclass(frozen=True)
class Case:
    """``counts_cached``: the vendor says how much of a prompt it had kept; ``is_compatible``: its wire is OpenAI's.

    ``tells_cut_streams`` is what litellm does not of Vertex: it takes every piece for one that may be the last.
    """

    name: str
    server: type[WireServer]
    provider: Mapping[str, Any] = field(default_factory=lambda: {"key": "sk-test"})
    kind: str | None = None
    counts_cached: bool = True
    is_compatible: bool = True
    calls_tools: bool = True
    follows_schemas: bool = True
    needs_litellm: bool = False
    tells_cut_streams: bool = True

    def configured(self, url: str) -> dict[str, Any]:
        """What the routes file says of the provider."""
        return {"kind": self.kind or self.name, "url": url, **self.provider}


COMPATIBLE = [
    Case("openai", OpenAIServer),
    Case("openai-compatible", OpenAIServer),
    Case("gemini", GeminiOpenAIServer),
    Case("groq", GroqServer),
    Case("cohere", CohereOpenAIServer, counts_cached=False),
    Case("together", TogetherServer),
    Case("fireworks", FireworksServer),
    Case("deepseek", DeepSeekServer),
    Case("openrouter", OpenRouterServer),
    Case("azure-openai", AzureOpenAIServer),
    Case(
        "azure-openai-versioned",
        AzureOpenAIServer,
        {"key": "sk-test", "options": {"api_version": "2024-10-21"}},
        kind="azure-openai",
    ),
    Case("bedrock", BedrockOpenAIServer, counts_cached=False),
    Case("vllm", VllmServer),
    Case("llama-cpp", LlamaCppServer),
    Case("ollama", OllamaServer, {}, counts_cached=False),
]
NATIVE = [
    Case("anthropic", AnthropicServer, {"key": "sk-ant-test"}, is_compatible=False),
    Case("cohere-native", CohereServer, {"key": "co-test"}, is_compatible=False),
    Case(
        "replicate",
        ReplicateServer,
        {"key": "r8_test"},
        counts_cached=False,
        is_compatible=False,
        calls_tools=False,
        follows_schemas=False,
    ),
]


class _Google(Case):
    """Asked as a service account, whose key the server of the wire gives tokens for."""

    def configured(self, url: str) -> dict[str, Any]:
        host = url.removesuffix(self.server.base)
        place = {"project": VertexServer.project, "location": VertexServer.location}
        return {"kind": self.name, "url": host, "options": place | {"credentials": account(f"{host}/token")}}


def account(token_uri: str) -> str:
    """The file of a service account's key."""
    held = {
        "type": "service_account",
        "project_id": VertexServer.project,
        "private_key_id": "1",
        "private_key": _private_key(),
        "client_email": "router@a-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_uri,
    }
    return json.dumps(held)


@cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


_AWS = {
    "region": BedrockConverseServer.region,
    "access_key_id": BedrockConverseServer.access_key,
    "secret_access_key": "scripted",
}
BEHIND_LITELLM = [
    Case("bedrock-native", BedrockConverseServer, {"options": _AWS}, is_compatible=False, needs_litellm=True),
    _Google("vertex-native", VertexServer, is_compatible=False, needs_litellm=True, tells_cut_streams=False),
    Case(
        "litellm",
        OpenAIServer,
        {"key": "sk-test", "options": {"provider": "openai"}},
        is_compatible=False,
        needs_litellm=True,
    ),
]
COMPATIBLE.append(_Google("vertex", VertexOpenAIServer))
CASES = [*COMPATIBLE, *NATIVE, *BEHIND_LITELLM]
