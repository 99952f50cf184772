"""A Messages API stream as chat completion chunks."""

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from ragstone_router.providers.anthropic.response import FINISHED, usage_of

_Json = Mapping[str, Any]


@dataclass
class ChunkStream:
    """Turns events into chunks, one after the other; ``counts`` says whether the caller wants the usage."""

    counts: bool
    created: int = field(default_factory=lambda: int(time.time()))
    _id: str = ""
    _model: str = ""
    _usage: dict[str, Any] = field(default_factory=dict)
    _calls: dict[int, int] = field(default_factory=dict)
    """Content block -> number of the tool call it is."""

    async def chunks(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Runs of whole events in; runs of whole chunks out."""
        async for run in events:
            lines = (line[5:] for line in run.splitlines() if line.startswith(b"data:"))
            made = b"".join(_sent(chunk) for line in lines for chunk in self._of(orjson.loads(line)))
            if made:
                yield made

    def _of(self, event: _Json) -> Iterator[Any]:
        match event["type"]:
            case "message_start":
                message = event["message"]
                self._id, self._model = message["id"], message["model"]
                self._usage |= message.get("usage") or {}
                yield self._chunk({"role": "assistant", "content": ""})
            case "content_block_start" if event["content_block"]["type"] == "tool_use":
                yield self._call(event["index"], event["content_block"])
            case "content_block_delta":
                yield from self._delta(event["index"], event["delta"])
            case "message_delta":
                self._usage |= event.get("usage") or {}
                yield self._chunk({}, FINISHED.get(event["delta"].get("stop_reason") or "", "stop"))
            case "message_stop":
                if self.counts:
                    yield self._head() | {"choices": [], "usage": usage_of(self._usage)}
                yield None
            case "error":
                yield {"error": {"message": event["error"].get("message", ""), "type": "server_error"}}

    def _call(self, index: int, block: _Json) -> _Json:
        number = self._calls.setdefault(index, len(self._calls))
        function = {"name": block["name"], "arguments": ""}
        return self._chunk(
            {"tool_calls": [{"index": number, "id": block["id"], "type": "function", "function": function}]}
        )

    def _delta(self, index: int, delta: _Json) -> Iterator[_Json]:
        if delta["type"] == "text_delta":
            yield self._chunk({"content": delta["text"]})
        elif delta["type"] == "thinking_delta":
            yield self._chunk({"reasoning_content": delta["thinking"]})
        elif delta["type"] == "input_json_delta" and index in self._calls:
            part = {"index": self._calls[index], "function": {"arguments": delta["partial_json"]}}
            yield self._chunk({"tool_calls": [part]})

    def _chunk(self, delta: _Json, finished: str | None = None) -> _Json:
        return self._head() | {"choices": [{"index": 0, "delta": delta, "finish_reason": finished, "logprobs": None}]}

    def _head(self) -> dict[str, Any]:
        return {"id": self._id, "object": "chat.completion.chunk", "created": self.created, "model": self._model}


def _sent(chunk: Any) -> bytes:
    return b"data: [DONE]\n\n" if chunk is None else b"data: " + orjson.dumps(chunk) + b"\n\n"
