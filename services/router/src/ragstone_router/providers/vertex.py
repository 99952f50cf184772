"""Vertex AI's OpenAI-compatible endpoint, which is asked with tokens that lapse."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from ragstone_contracts.errors import InvalidRequest, UpstreamError
from ragstone_kit.transport import AiohttpTransport
from ragstone_router.ask import Ask
from ragstone_router.errors import DeploymentFailed
from ragstone_router.providers.dialects import DIALECTS
from ragstone_router.providers.google_tokens import Tokens, open_tokens
from ragstone_router.providers.openai_wire import OpenAIWire
from ragstone_router.providers.opening import ProviderConfig
from ragstone_router.providers.port import Answer


@dataclass
class Vertex:
    wire: OpenAIWire
    tokens: Tokens

    @asynccontextmanager
    async def ask(self, ask: Ask, model: str, seconds: float) -> AsyncIterator[Answer]:
        bearer = {"authorization": f"Bearer {await self.tokens.token()}"}
        wire = replace(self.wire, headers={**self.wire.headers, **bearer})
        async with wire.ask(ask, model, seconds) as answer:
            yield answer

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        raise DeploymentFailed("lists_no_model", UpstreamError("a vertex deployment has to name its model"))

    async def close(self) -> None:
        await self.wire.close()


def open_vertex(config: ProviderConfig) -> Vertex:
    """For the kind ``vertex``: ``options: {project, location, credentials}``; a model's name is ``publisher/model``.

    ``credentials`` is the file of a service account's key, without it the machine's own account asks; ``location`` is
    ``global`` by default.
    """
    project, location = config.options.get("project"), config.options.get("location", "global")
    if not project:
        raise InvalidRequest("a vertex provider needs options.project")
    host = "aiplatform.googleapis.com" if location == "global" else f"{location}-aiplatform.googleapis.com"
    url = (
        f"{(config.url or f'https://{host}').rstrip('/')}/v1/projects/{project}/locations/{location}/endpoints/openapi"
    )
    transport = AiohttpTransport(url, connections=config.connections)
    wire = OpenAIWire(transport, headers=config.headers, dialect=DIALECTS["vertex"])
    return Vertex(wire, open_tokens(config.options.get("credentials")))
