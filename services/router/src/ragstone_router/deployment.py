"""A model on a server, and what it costs."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import SecretStr, ValidationError

from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, Unavailable, UpstreamError
from ragstone_contracts.models import ModelList
from ragstone_kit.identity import Caller
from ragstone_kit.service_client import error_of
from ragstone_kit.tracing import trace_headers
from ragstone_kit.transport import Request, Response, Transport
from ragstone_router.breaker import Breaker
from ragstone_router.errors import DeploymentFailed, ModelRefused

_ANOTHER_MAY_ANSWER = {401, 402, 403, 404, 408, 429}


@dataclass(frozen=True)
class Price:
    """USD per million tokens."""

    input: float
    output: float

    def of(self, usage: Mapping[str, Any]) -> float | None:
        """The cost of an answer in USD; None when the server did not say how many tokens it took."""
        asked, answered = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if not isinstance(asked, int) or not isinstance(answered, int):
            return None
        return (asked * self.input + answered * self.output) / 1e6


FREE = Price(0.0, 0.0)


@dataclass
class Deployment:
    """``path`` is what stands before ``/chat/completions``; ``key`` goes to a server that is not ours.

    The caller's token goes to our own services only.
    """

    transport: Transport
    model: str | None
    """None: the first model the server lists, asked for once."""
    path: str = "/v1"
    is_ours: bool = True
    key: SecretStr | None = None
    price: Price | None = FREE
    timeout: float = 60.0
    breaker: Breaker = field(default_factory=Breaker)

    @asynccontextmanager
    async def send(self, caller: Caller, path: str, body: bytes) -> AsyncIterator[Response]:
        """The answer once its status is good.

        Raises DeploymentFailed when another deployment may do better, ModelRefused when the request itself is at fault.
        """
        request = Request("POST", self.path + path, self._headers(caller), body, self._timeout(caller))
        try:
            async with self.transport.send(request) as response:
                if response.status >= 400:
                    raise await self._failure(response)
                yield response
        except DeadlineExceeded as error:
            raise DeploymentFailed("timeout", error) from error
        except Unavailable as error:
            raise DeploymentFailed("unreachable", error) from error

    async def model_name(self, caller: Caller) -> str:
        """The model's name on its server. Raises DeploymentFailed when it has to be asked for and is not to be had."""
        if self.model is None:
            self.model = await self._first_listed(caller)
        return self.model

    async def _first_listed(self, caller: Caller) -> str:
        request = Request("GET", f"{self.path}/models", self._headers(caller), timeout=self._timeout(caller))
        try:
            async with self.transport.send(request) as response:
                if response.status >= 400:
                    raise await error_of(response)
                return ModelList.model_validate_json(await response.read()).data[0].id
        except (RagstoneError, ValidationError, IndexError) as error:
            raise DeploymentFailed("lists_no_model", UpstreamError(f"no list of models: {error}")) from error

    async def _failure(self, response: Response) -> Exception:
        status = response.status
        if status in _ANOTHER_MAY_ANSWER or status >= 500:
            return DeploymentFailed(f"http_{status}", await error_of(response))
        return await error_of(response) if self.is_ours else ModelRefused(status, _message(await response.read()))

    def _headers(self, caller: Caller) -> dict[str, str]:
        headers = {"content-type": "application/json"}
        if self.is_ours:
            return headers | trace_headers() | {"authorization": f"Bearer {caller.token}"}
        if self.key is not None:
            headers["authorization"] = f"Bearer {self.key.get_secret_value()}"
        return headers

    def _timeout(self, caller: Caller) -> float:
        left = caller.seconds_left()
        if left is not None and left <= 0:
            raise DeadlineExceeded
        return self.timeout if left is None else min(self.timeout, left)


def _message(body: bytes) -> str:
    """What a server that speaks the OpenAI wire says is wrong, or a problem document's detail."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body[:300].decode(errors="replace")
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if isinstance(error, dict):
        return str(error.get("message", error))
    return str(parsed.get("detail", parsed) if isinstance(parsed, dict) else parsed)[:300]
