"""Cohere's answers as chat completions."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ragstone_contracts.errors import UpstreamError
from ragstone_router.errors import DeploymentFailed
from ragstone_router.providers.chunks import DONE, Chunks, usage

_FINISHED = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
    "ERROR_TOXIC": "content_filter",
}
_FAILED = ("ERROR", "TIMEOUT")
_Json = Mapping[str, Any]


def chat_completion(answer: bytes, model: str) -> bytes:
    """Raises DeploymentFailed when the answer is not a message, or one that was not finished."""
    try:
        said = orjson.loads(answer)
        message = said["message"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DeploymentFailed("not_json", UpstreamError("the model's answer is not a message")) from error
    if said.get("finish_reason") in _FAILED:
        raise DeploymentFailed("error_event", UpstreamError("the model did not finish its answer"))
    choice = {
        "index": 0,
        "message": _message(message),
        "finish_reason": _FINISHED.get(said.get("finish_reason", ""), "stop"),
        "logprobs": None,
    }
    head = {"id": said.get("id"), "object": "chat.completion", "created": int(time.time()), "model": model}
    return orjson.dumps(head | {"choices": [choice], "usage": usage_of(said.get("usage") or {})})


def _message(message: _Json) -> dict[str, Any]:
    content = message.get("content") or []
    text = "".join(part["text"] for part in content if part["type"] == "text")
    thought = "".join(part["thinking"] for part in content if part["type"] == "thinking")
    said: dict[str, Any] = {"role": "assistant", "content": text or None}
    if thought:
        said["reasoning_content"] = thought
    if message.get("tool_calls"):
        said["tool_calls"] = message["tool_calls"]
    return said


def usage_of(said: _Json) -> dict[str, Any] | None:
    """What is billed: the vendor puts tokens of its own around a prompt, which are counted and not billed."""
    billed = said.get("billed_units") or said.get("tokens")
    if not isinstance(billed, Mapping):
        return None
    asked, answered = int(billed.get("input_tokens") or 0), int(billed.get("output_tokens") or 0)
    return usage(asked, answered, min(asked, int(said.get("cached_tokens") or 0)))


@dataclass
class ChunkStream:
    """Turns events into chunks, one after the other; ``counts`` says whether the caller wants the usage."""

    model: str
    counts: bool
    _chunks: Chunks = field(default_factory=Chunks)

    async def chunks(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Runs of whole events in; runs of whole chunks out, and what came before the model said that it failed.

        Raises UpstreamError when it does.
        """
        self._chunks.model = self.model
        async for run in events:
            made: list[bytes] = []
            try:
                for line in run.splitlines():
                    if line.startswith(b"data:") and line[5:].strip() != b"[DONE]":
                        made += self._of(orjson.loads(line[5:]))
            except UpstreamError:
                yield b"".join(made)
                raise
            if made:
                yield b"".join(made)

    def _of(self, event: _Json) -> Iterator[bytes]:
        delta = event.get("delta") or {}
        message = delta.get("message") or {}
        match event.get("type"):
            case "message-start":
                self._chunks.id = event.get("id", "")
                yield self._chunks.opening()
            case "content-delta":
                yield from self._content(message["content"])
            case "tool-call-start":
                call = message["tool_calls"]
                yield self._chunks.call(event["index"], call["id"], call["function"]["name"])
            case "tool-call-delta":
                yield self._chunks.arguments(event["index"], message["tool_calls"]["function"]["arguments"])
            case "message-end":
                yield from self._end(delta)

    def _content(self, content: _Json) -> Iterator[bytes]:
        if content.get("thinking"):
            yield self._chunks.delta({"reasoning_content": content["thinking"]})
        if content.get("text"):
            yield self._chunks.delta({"content": content["text"]})

    def _end(self, delta: _Json) -> Iterator[bytes]:
        if delta.get("error") or delta.get("finish_reason") in _FAILED:
            raise UpstreamError(str(delta.get("error") or "the model did not finish its answer"))
        yield self._chunks.delta({}, _FINISHED.get(delta.get("finish_reason", ""), "stop"))
        if self.counts and (counted := usage_of(delta.get("usage") or {})) is not None:
            yield self._chunks.usage(counted)
        yield DONE
