"""Cohere as a provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import orjson

from ragstone_contracts.errors import InvalidRequest, UpstreamError
from ragstone_kit.service_client import error_in
from ragstone_kit.transport import AiohttpTransport, Request, Response, Transport
from ragstone_router.ask import CHAT, RERANK, Ask
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.events import whole_events
from ragstone_router.providers.chunks import wants_usage
from ragstone_router.providers.cohere.request import chat_request
from ragstone_router.providers.cohere.response import ChunkStream, chat_completion
from ragstone_router.providers.failures import failure_in, network_errors
from ragstone_router.providers.opening import ProviderConfig

_URL = "https://api.cohere.com"
_PATHS = {CHAT: "/v2/chat", RERANK: "/v2/rerank"}


@dataclass(frozen=True)
class Translated:
    """A chat in the OpenAI wire's words; what rerank answers is the same on both."""

    response: Response
    ask: Ask
    model: str

    async def whole(self) -> bytes:
        body = await self.response.read()
        return chat_completion(body, self.model) if self.ask.path == CHAT else body

    def events(self) -> AsyncIterator[bytes]:
        return ChunkStream(self.model, wants_usage(self.ask.body)).chunks(whole_events(self.response.chunks()))


@dataclass
class Cohere:
    transport: Transport
    headers: dict[str, str]

    @asynccontextmanager
    async def ask(self, ask: Ask, model: str, seconds: float) -> AsyncIterator[Translated]:
        if ask.path not in _PATHS:
            raise DeploymentFailed("incapable", UpstreamError("Cohere is asked for chats and rerankings alone"))
        request = Request("POST", _PATHS[ask.path], self.headers, orjson.dumps(_body(ask, model)), seconds)
        with network_errors():
            async with self.transport.send(request) as response:
                if response.status >= 400:
                    raise await failure_in(response)
                yield Translated(response, ask, model)

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        with network_errors():
            async with self.transport.send(Request("GET", "/v1/models", self.headers, timeout=seconds)) as response:
                if response.status >= 400:
                    raise DeploymentFailed("lists_no_model", error_in(response, await response.read()))
                return [card["name"] for card in orjson.loads(await response.read())["models"]]

    async def close(self) -> None:
        await self.transport.close()


def _body(ask: Ask, model: str) -> dict[str, object]:
    if ask.path != CHAT:
        return {**ask.body, "model": model}
    try:
        return chat_request(ask.body, model)
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelRefused(400, f"the messages are not as the OpenAI wire has them: {error!r}") from error


def open_cohere(config: ProviderConfig) -> Cohere:
    """For the kind ``cohere-native``; ``url`` is without a version."""
    if config.key is None:
        raise InvalidRequest("a cohere-native provider needs a key")
    key = {"authorization": f"Bearer {config.key.get_secret_value()}"}
    headers = {"content-type": "application/json", **key, **config.headers}
    return Cohere(AiohttpTransport(config.url or _URL, connections=config.connections), headers)
