"""Vendors and servers that speak the OpenAI wire: where they are, and how they want to be told who asks."""

from collections.abc import Mapping
from urllib.parse import quote

from ragstone_contracts.errors import InvalidRequest
from ragstone_kit.transport import AiohttpTransport
from ragstone_router.providers.dialects import DIALECTS
from ragstone_router.providers.openai_wire import OpenAIWire
from ragstone_router.providers.opening import ProviderConfig

URLS: Mapping[str, str] = {
    "openai": "https://api.openai.com/v1",
    "gemini": "https://generativelanguage.googleapis.com/v1beta/openai",
    "groq": "https://api.groq.com/openai/v1",
    "cohere": "https://api.cohere.ai/compatibility/v1",
    "together": "https://api.together.xyz/v1",
    "fireworks": "https://api.fireworks.ai/inference/v1",
    "deepseek": "https://api.deepseek.com/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "ollama": "http://127.0.0.1:11434/v1",
}
"""Hosted vendors' own addresses; for the others the file says where they are."""


def open_compatible(config: ProviderConfig) -> OpenAIWire:
    """For every kind in ``URLS``, and ``vllm``, ``llama-cpp`` and ``openai-compatible``, which need a ``url``."""
    url = config.url or URLS.get(config.kind)
    if url is None:
        raise InvalidRequest(f"a provider of the kind '{config.kind}' needs a url")
    return _wire(config, url, {} if config.key is None else bearer(config.key.get_secret_value()))


def open_azure(config: ProviderConfig) -> OpenAIWire:
    """Azure OpenAI: ``url`` is the resource's endpoint; a model is the name of a deployment there.

    With ``options: {api_version}`` the versioned address of that age is used, else the one that needs no version.
    """
    if config.url is None or config.key is None:
        raise InvalidRequest("an azure-openai provider needs the url of its resource and a key")
    base, headers = config.url.rstrip("/"), {"api-key": config.key.get_secret_value()}
    if (version := config.options.get("api_version")) is None:
        return _wire(config, f"{base}/openai/v1", headers)
    wire = _wire(config, base, headers)
    wire.path, wire.query = "/openai/deployments/{model}", f"?api-version={quote(str(version))}"
    return wire


def open_bedrock(config: ProviderConfig) -> OpenAIWire:
    """Bedrock's OpenAI-compatible address in ``options: {region}``, with a Bedrock API key."""
    region = config.options.get("region")
    if config.key is None or (config.url is None and not region):
        raise InvalidRequest("a bedrock provider needs options.region and a key")
    url = config.url or f"https://bedrock-runtime.{region}.amazonaws.com/openai/v1"
    return _wire(config, url, bearer(config.key.get_secret_value()))


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def _wire(config: ProviderConfig, url: str, headers: Mapping[str, str]) -> OpenAIWire:
    transport = AiohttpTransport(url, connections=config.connections)
    return OpenAIWire(transport, headers={**headers, **config.headers}, dialect=DIALECTS.get(config.kind))
