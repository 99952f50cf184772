"""Chat completions on the OpenAI wire, whole or streamed."""

import re
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.models import ChatCompletionRequest, Message, TokenUsage
from ragstone_inference.ports import ChatModel
from ragstone_kit.logs import get_logger
from ragstone_kit.sse import ServerSentEvent, encode

_log = get_logger(__name__)
_WORD = re.compile(r"\w+|[^\w\s]")


def count_tokens(texts: Sequence[str]) -> int:
    """Words and marks. The models behind this wire cost nothing by the token, so no tokeniser is asked."""
    return sum(len(_WORD.findall(text)) for text in texts)


@dataclass
class Completion:
    """One answer of one model. ``usage`` is right once the answer has been produced."""

    model: ChatModel
    messages: Sequence[Message]
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    pieces: list[str] = field(default_factory=list)

    @property
    def usage(self) -> TokenUsage:
        asked = count_tokens([message.text for message in self.messages])
        answered = count_tokens(self.pieces)
        return TokenUsage(prompt_tokens=asked, completion_tokens=answered, total_tokens=asked + answered)

    async def produce(self) -> AsyncIterator[str]:
        async for piece in self.model.complete(self.messages):
            self.pieces.append(piece)
            yield piece

    def body(self, kind: str, **members: Any) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model.name, **members}


async def whole(completion: Completion) -> dict[str, Any]:
    """The answer as one ``chat.completion``."""
    text = "".join([piece async for piece in completion.produce()])
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop", "logprobs": None}
    return completion.body("chat.completion", choices=[choice], usage=completion.usage.model_dump())


async def streamed(completion: Completion, *, include_usage: bool) -> AsyncIterator[bytes]:
    """The answer as server-sent ``chat.completion.chunk`` events; always ends in ``[DONE]`` or in an error."""
    try:
        yield _delta(completion, {"role": "assistant", "content": ""})
        async for piece in completion.produce():
            yield _delta(completion, {"content": piece})
        yield _delta(completion, {}, finish_reason="stop")
        if include_usage:
            usage = completion.usage.model_dump()
            yield _event(completion.body("chat.completion.chunk", choices=[], usage=usage))
        yield encode(ServerSentEvent("[DONE]"))
    except RagstoneError as error:
        yield _event({"error": {"message": error.detail, "type": "server_error", "code": error.code}})
    except Exception as error:  # noqa: BLE001  the status is sent; a stream that only stops would pass for an answer
        _log.error("the model failed in mid-answer", model=completion.model.name, exc_info=error)
        yield _event({"error": {"message": "the model failed", "type": "server_error", "code": "internal"}})


def _delta(completion: Completion, delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return _event(completion.body("chat.completion.chunk", choices=[choice]))


def _event(body: dict[str, Any]) -> bytes:
    return encode(ServerSentEvent(orjson.dumps(body).decode()))


def wants_usage(request: ChatCompletionRequest) -> bool:
    options = (request.model_extra or {}).get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True
