"""Anthropic as a provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson

from ragstone_contracts.errors import InvalidRequest, UpstreamError
from ragstone_kit.service_client import error_in
from ragstone_kit.transport import AiohttpTransport, Request, Response, Transport
from ragstone_router.ask import CHAT, Ask
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.events import whole_events
from ragstone_router.providers.anthropic.request import messages_request
from ragstone_router.providers.anthropic.response import chat_completion
from ragstone_router.providers.anthropic.stream import ChunkStream
from ragstone_router.providers.chunks import wants_usage
from ragstone_router.providers.failures import failure_in, network_errors
from ragstone_router.providers.opening import ProviderConfig

_URL = "https://api.anthropic.com"
_VERSION = "2026-10-21"
_LAST_WITH_SAMPLING = "2023-06-01"


@dataclass(frozen=True)
class Translated:
    response: Response
    counts: bool

    async def whole(self) -> bytes:
        return chat_completion(await self.response.read())

    def events(self) -> AsyncIterator[bytes]:
        return ChunkStream(self.counts).chunks(whole_events(self.response.chunks()))


@dataclass
class Anthropic:
    transport: Transport
    headers: dict[str, str]
    takes_sampling: bool = False

    @asynccontextmanager
    async def ask(self, ask: Ask, model: str, seconds: float) -> AsyncIterator[Translated]:
        if ask.path != CHAT:
            raise DeploymentFailed("incapable", UpstreamError("Anthropic serves chats alone"))
        body = orjson.dumps(_request(ask, model, self.takes_sampling))
        with network_errors():
            async with self.transport.send(Request("POST", "/v1/messages", self.headers, body, seconds)) as response:
                if response.status >= 400:
                    raise await failure_in(response)
                yield Translated(response, wants_usage(ask.body))

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        with network_errors():
            async with self.transport.send(Request("GET", "/v1/models", self.headers, timeout=seconds)) as response:
                if response.status >= 400:
                    raise DeploymentFailed("lists_no_model", error_in(response, await response.read()))
                return [card["id"] for card in orjson.loads(await response.read())["data"]]

    async def close(self) -> None:
        await self.transport.close()


def _request(ask: Ask, model: str, takes_sampling: bool) -> dict[str, object]:
    try:
        return messages_request(ask.body, model, takes_sampling=takes_sampling)
    except (KeyError, TypeError, AttributeError, orjson.JSONDecodeError) as error:
        raise ModelRefused(400, f"the messages are not as the OpenAI wire has them: {error!r}") from error


def open_anthropic(config: ProviderConfig) -> Anthropic:
    """For the kind ``anthropic``; ``url`` is without ``/v1``, ``options: {api_version}`` asks for an older one."""
    if config.key is None:
        raise InvalidRequest("an anthropic provider needs a key")
    version = str(config.options.get("api_version", _VERSION))
    key = {"x-api-key": config.key.get_secret_value(), "anthropic-version": version}
    headers = {"content-type": "application/json", **key, **config.headers}
    transport = AiohttpTransport(config.url or _URL, connections=config.connections)
    return Anthropic(transport, headers, version <= _LAST_WITH_SAMPLING)
