"""Replicate as a provider: a prediction is made, waited for or listened to, and cancelled when its asker has left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson

from ragstone_contracts.errors import InvalidRequest, RagstoneError, UpstreamError
from ragstone_kit.transport import AiohttpTransport, Request, Transport
from ragstone_router.ask import CHAT, Ask
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.events import whole_events
from ragstone_router.providers.chunks import DONE, Chunks, wants_usage
from ragstone_router.providers.failures import failure_in, network_errors
from ragstone_router.providers.opening import ProviderConfig
from ragstone_router.providers.replicate.prediction import (
    Prediction,
    chat_completion,
    events,
    has_ended,
    read,
    usage_of,
)
from ragstone_router.providers.replicate.request import prediction_input, prediction_path

_URL = "https://api.replicate.com/v1"
_LOOK_SECONDS = 0.5
_CANCEL_SECONDS = 5.0
_CANNOT = {"tools", "json_schema", "vision", "logprobs"}


@dataclass
class Replicate:
    transport: Transport
    headers: dict[str, str]
    look_seconds: float = _LOOK_SECONDS

    @asynccontextmanager
    async def ask(self, ask: Ask, model: str, seconds: float) -> AsyncIterator["Predicted"]:
        if ask.path != CHAT or ask.needs & _CANNOT:
            raise DeploymentFailed("incapable", UpstreamError("Replicate is asked for texts alone"))
        answer = Predicted(self, ask, model, seconds, await self._make(ask, model, seconds))
        try:
            yield answer
        finally:
            if not answer.has_ended:
                # Nobody waits for it any more, and each of its seconds costs.
                await asyncio.shield(asyncio.ensure_future(self._cancel(answer.made["id"])))

    async def _make(self, ask: Ask, model: str, seconds: float) -> Prediction:
        path, named = prediction_path(model)
        body = orjson.dumps({"input": _input(ask), "stream": ask.streams, **named})
        wait = {} if ask.streams else {"prefer": f"wait={max(1, min(60, int(seconds)))}"}
        return await self.call(Request("POST", path, {**self.headers, **wait}, body, seconds))

    async def call(self, request: Request) -> Prediction:
        """Raises DeploymentFailed and ModelRefused."""
        with network_errors():
            async with self.transport.send(request) as response:
                if response.status >= 400:
                    raise await failure_in(response)
                return read(await response.read())

    async def _cancel(self, prediction: str) -> None:
        request = Request("POST", f"/predictions/{prediction}/cancel", self.headers, timeout=_CANCEL_SECONDS)
        try:
            await self.call(request)
        except (DeploymentFailed, ModelRefused):
            return  # it may have ended by itself meanwhile

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        raise DeploymentFailed("lists_no_model", UpstreamError("a replicate deployment has to name its model"))

    async def close(self) -> None:
        await self.transport.close()


@dataclass
class Predicted:
    provider: Replicate
    ask: Ask
    model: str
    seconds: float
    made: Prediction

    @property
    def has_ended(self) -> bool:
        return has_ended(self.made)

    async def whole(self) -> bytes:
        while not self.has_ended:
            await asyncio.sleep(self.provider.look_seconds)
            await self._look()
        return chat_completion(self.made, self.model)

    async def events(self) -> AsyncIterator[bytes]:
        """Raises UpstreamError when the prediction fails."""
        chunks = Chunks(self.made["id"], self.model)
        yield chunks.opening()
        url = urlsplit((self.made.get("urls") or {}).get("stream") or "")
        if url.scheme not in ("http", "https"):
            raise UpstreamError("the model cannot be streamed")
        transport = AiohttpTransport(f"{url.scheme}://{url.netloc}")
        try:
            # The address is to be kept to oneself: the key is not sent there.
            request = Request("GET", url.path + f"?{url.query}", {"accept": "text/event-stream"}, timeout=self.seconds)
            async with transport.send(request) as response:
                if response.status >= 400:
                    raise UpstreamError(f"the prediction's stream answered HTTP {response.status}")
                async for name, data in events(whole_events(response.chunks())):
                    if name == "done":
                        break
                    if name == "error":
                        raise UpstreamError(data)
                    if name == "output" and data:
                        yield chunks.delta({"content": data})
                else:
                    return
        finally:
            await transport.close()
        yield chunks.delta({}, "stop")
        if counted := await self._counted():
            yield chunks.usage(counted)
        yield DONE

    async def _counted(self) -> dict[str, object] | None:
        """What it took is in the prediction, after its stream has ended."""
        try:
            await self._look()
        except (DeploymentFailed, ModelRefused, RagstoneError):
            return None
        return usage_of(self.made) if wants_usage(self.ask.body) else None

    async def _look(self) -> None:
        path = f"/predictions/{self.made['id']}"
        self.made = await self.provider.call(Request("GET", path, self.provider.headers, timeout=self.seconds))


def _input(ask: Ask) -> dict[str, object]:
    try:
        return prediction_input(ask.body)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ModelRefused(400, f"the messages are not as the OpenAI wire has them: {error!r}") from error


def open_replicate(config: ProviderConfig) -> Replicate:
    """For the kind ``replicate``."""
    if config.key is None:
        raise InvalidRequest("a replicate provider needs a key")
    key = {"authorization": f"Bearer {config.key.get_secret_value()}"}
    headers = {"content-type": "application/json", **key, **config.headers}
    return Replicate(AiohttpTransport(config.url or _URL, connections=config.connections), headers)
