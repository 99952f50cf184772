"""A Messages API answer as a chat completion."""

import time
from collections.abc import Mapping
from typing import Any

import orjson

from ragstone_contracts.errors import UpstreamError
from ragstone_router.errors import DeploymentFailed

FINISHED = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


def chat_completion(answer: bytes) -> bytes:
    """Raises DeploymentFailed when the answer is not a message."""
    try:
        message = orjson.loads(answer)
        blocks = message["content"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DeploymentFailed("not_json", UpstreamError("the model's answer is not a message")) from error
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    calls = [tool_call(block, orjson.dumps(block["input"]).decode()) for block in blocks if block["type"] == "tool_use"]
    said: dict[str, Any] = {"role": "assistant", "content": text or None}
    if calls:
        said["tool_calls"] = calls
    finished = FINISHED.get(message.get("stop_reason"), "stop")
    choice = {"index": 0, "message": said, "finish_reason": finished, "logprobs": None}
    head = {"id": message.get("id"), "object": "chat.completion", "created": int(time.time())}
    return orjson.dumps(
        head | {"model": message.get("model"), "choices": [choice], "usage": usage_of(message["usage"])}
    )


def tool_call(block: Mapping[str, Any], arguments: str) -> dict[str, Any]:
    return {"id": block["id"], "type": "function", "function": {"name": block["name"], "arguments": arguments}}


def usage_of(usage: Mapping[str, Any]) -> dict[str, Any]:
    """OpenAI counts what was kept among the prompt's tokens, Anthropic beside them."""
    kept, written = usage.get("cache_read_input_tokens") or 0, usage.get("cache_creation_input_tokens") or 0
    asked, answered = (usage.get("input_tokens") or 0) + kept + written, usage.get("output_tokens") or 0
    counted = {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}
    return counted | {"prompt_tokens_details": {"cached_tokens": kept, "cache_write_tokens": written}}
