"""Servers that speak the OpenAI wire themselves: bodies and events pass through as they are."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

import orjson
from pydantic import ValidationError

from ragstone_contracts.errors import RagstoneError, UpstreamError
from ragstone_contracts.models import ModelList
from ragstone_kit.service_client import error_in, error_of
from ragstone_kit.tracing import trace_headers
from ragstone_kit.transport import Request, Response, Transport
from ragstone_router.ask import Ask
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.events import whole_events
from ragstone_router.providers.dialects import Dialect
from ragstone_router.providers.failures import failure_reason, message_of, network_errors, retry_after


@dataclass(frozen=True)
class PassedThrough:
    """The server's own answer, but for what its ``dialect`` changes."""

    response: Response
    dialect: Dialect | None = None

    async def whole(self) -> bytes:
        body = await self.response.read()
        return body if self.dialect is None else self.dialect.of_answer(body)

    def events(self) -> AsyncIterator[bytes]:
        events = whole_events(self.response.chunks())
        return events if self.dialect is None else self.dialect.of_events(events)


@dataclass
class OpenAIWire:
    """``path`` is what stands before ``/chat/completions``, ``{model}`` in it stands for the model's name; ``query``
    follows the path of each call.

    ``headers`` go with every request; the caller's token goes to our own services only.
    """

    transport: Transport
    path: str = ""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_ours: bool = False
    dialect: Dialect | None = None

    @asynccontextmanager
    async def ask(self, ask: Ask, model: str, seconds: float) -> AsyncIterator[PassedThrough]:
        body = orjson.dumps({**ask.body, "model": model})
        path = self.path.replace("{model}", quote(model, safe="")) if "{model}" in self.path else self.path
        request = Request("POST", f"{path}{ask.path}{self.query}", self._headers(ask), body, seconds)
        with network_errors():
            async with self.transport.send(request) as response:
                if response.status >= 400:
                    raise await self._failure(response)
                yield PassedThrough(response, self.dialect)

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        request = Request("GET", f"{self.path}/models{self.query}", self._headers(ask), timeout=seconds)
        try:
            async with self.transport.send(request) as response:
                if response.status >= 400:
                    raise await error_of(response)
                return [card.id for card in ModelList.model_validate_json(await response.read()).data]
        except (RagstoneError, ValidationError) as error:
            raise DeploymentFailed("lists_no_model", UpstreamError(f"no list of models: {error}")) from error

    async def close(self) -> None:
        await self.transport.close()

    def _headers(self, ask: Ask) -> dict[str, str]:
        if self.is_ours:
            own = {"authorization": f"Bearer {ask.caller.token}"}
            return {"content-type": "application/json", **trace_headers(), **own}
        return {"content-type": "application/json", **self.headers}

    async def _failure(self, response: Response) -> Exception:
        status, body = response.status, await response.read()
        if reason := failure_reason(status, body):
            return DeploymentFailed(reason, error_in(response, body), retry_after(response.headers))
        return error_in(response, body) if self.is_ours else ModelRefused(status, message_of(body))
