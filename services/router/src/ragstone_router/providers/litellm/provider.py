"""A vendor behind litellm's SDK as a provider."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from ragstone_contracts.errors import RagstoneError, UpstreamError
from ragstone_router.ask import CHAT, EMBED, Ask
from ragstone_router.errors import DeploymentFailed
from ragstone_router.providers.chunks import DONE, wants_usage
from ragstone_router.providers.litellm.failures import failure_of
from ragstone_router.providers.litellm.loading import Sdk

_FIELDS = {
    CHAT: frozenset(
        {
            *("messages", "stream", "temperature", "top_p", "n", "stop", "seed", "user", "max_tokens"),
            *("max_completion_tokens", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs"),
            *("top_logprobs", "response_format", "tools", "tool_choice", "parallel_tool_calls", "reasoning_effort"),
        }
    ),
    EMBED: frozenset({"input", "dimensions", "encoding_format", "user"}),
}
"""What a caller may say. All else stays behind: to litellm a field may be an address, a key or a file to read."""


@dataclass
class LiteLLM:
    """``prefix`` is what litellm calls the vendor, before a model's name; ``parameters`` go with every call."""

    prefix: str
    parameters: Mapping[str, Any]
    sdk: Sdk = field(default_factory=Sdk)

    @asynccontextmanager
    async def ask(self, ask: Ask, model: str, seconds: float) -> AsyncIterator["Completed"]:
        if ask.path not in _FIELDS:
            raise DeploymentFailed("incapable", UpstreamError("litellm is asked for chats and embeddings alone"))
        sdk = await self.sdk.get()
        answer = await self._call(sdk, ask, {"model": self.prefix + model, "timeout": seconds})
        try:
            yield Completed(sdk, answer, wants_usage(ask.body))
        finally:
            if hasattr(answer, "aclose"):
                await answer.aclose()

    async def _call(self, sdk: Any, ask: Ask, call: Mapping[str, Any]) -> Any:
        said = {name: value for name, value in ask.body.items() if name in _FIELDS[ask.path]}
        if ask.streams:
            said["stream_options"] = {"include_usage": True}
        function = sdk.acompletion if ask.path == CHAT else sdk.aembedding
        try:
            return await function(**said, **call, num_retries=0, max_retries=0, **self.parameters)
        except Exception as error:  # each vendor's library raises its own through it
            raise failure_of(sdk, error) from error

    async def models(self, ask: Ask, seconds: float) -> list[str]:
        raise DeploymentFailed("lists_no_model", UpstreamError("a deployment behind litellm has to name its model"))

    async def close(self) -> None:
        """Its connections are its own; they lapse by themselves."""


@dataclass(frozen=True)
class Completed:
    sdk: Any
    answer: Any
    counts: bool

    async def whole(self) -> bytes:
        return orjson.dumps(self.answer.model_dump(mode="json", exclude_none=True))

    async def events(self) -> AsyncIterator[bytes]:
        """Raises UpstreamError when the stream breaks off."""
        try:
            async for chunk in self.answer:
                said = chunk.model_dump(mode="json", exclude_none=True)
                self._must_be_finished(said)
                if self.counts or not said.pop("usage", None) or said.get("choices"):
                    yield b"data: " + orjson.dumps(said) + b"\n\n"
        except RagstoneError:
            raise
        except Exception as error:  # each vendor's library raises its own through it
            failure = failure_of(self.sdk, error)
            raise failure.error if isinstance(failure, DeploymentFailed) else failure from error
        yield DONE

    def _must_be_finished(self, said: Mapping[str, Any]) -> None:
        """To litellm a stream that breaks off has finished; whether the vendor said so it knows all the same.

        Raises UpstreamError.
        """
        if not any(choice.get("finish_reason") for choice in said.get("choices") or []):
            return
        names = ("received_finish_reason", "intermittent_finish_reason")
        if all(getattr(self.answer, name, "not told") is None for name in names):
            raise UpstreamError("the model's stream ended before its last event")
