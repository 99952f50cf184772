"""Chat completion chunks, for wires that are translated into the OpenAI one."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

DONE = b"data: [DONE]\n\n"


@dataclass
class Chunks:
    """The chunks of one streamed answer, each as a server-sent event."""

    id: str = ""
    model: str = ""
    created: int = field(default_factory=lambda: int(time.time()))

    def opening(self) -> bytes:
        return self.delta({"role": "assistant", "content": ""})

    def delta(self, delta: Mapping[str, Any], finished: str | None = None) -> bytes:
        return self._sent([{"index": 0, "delta": delta, "finish_reason": finished, "logprobs": None}])

    def call(self, number: int, call: str, name: str) -> bytes:
        """The first chunk of a tool call; its arguments follow."""
        function = {"name": name, "arguments": ""}
        return self.delta({"tool_calls": [{"index": number, "id": call, "type": "function", "function": function}]})

    def arguments(self, number: int, part: str) -> bytes:
        return self.delta({"tool_calls": [{"index": number, "function": {"arguments": part}}]})

    def usage(self, usage: Mapping[str, Any]) -> bytes:
        return self._sent([], usage=usage)

    def _sent(self, choices: list[Any], **more: Any) -> bytes:
        head = {"id": self.id, "object": "chat.completion.chunk", "created": self.created, "model": self.model}
        return b"data: " + orjson.dumps(head | {"choices": choices} | more) + b"\n\n"


def usage(asked: int, answered: int, cached: int) -> dict[str, Any]:
    """As the OpenAI wire counts: what was cached is among the prompt's tokens."""
    counted = {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}
    return counted | {"prompt_tokens_details": {"cached_tokens": cached}}


def wants_usage(body: Mapping[str, Any]) -> bool:
    """Whether whoever asked for a stream wants it to end with its usage."""
    options = body.get("stream_options")
    return isinstance(options, Mapping) and bool(options.get("include_usage"))
