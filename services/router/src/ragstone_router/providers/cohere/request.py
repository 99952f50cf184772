"""A chat completion request as Cohere's chat takes it."""

from collections.abc import Mapping
from typing import Any

_Json = dict[str, Any]
_SAME = (
    "temperature",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "tools",
    "thinking",
    "documents",
    "safety_mode",
)
_CHOICES = {"required": "REQUIRED", "none": "NONE"}


def chat_request(body: Mapping[str, Any], model: str) -> _Json:
    """Messages, their parts and tools are called the same on both wires; most else is not."""
    messages = [_message(message) for message in body.get("messages") or []]
    request: _Json = {"model": model, "messages": messages, "stream": bool(body.get("stream"))}
    request |= {name: body[name] for name in _SAME if body.get(name) is not None}
    renamed = {
        "p": body.get("top_p"),
        "k": body.get("top_k"),
        "max_tokens": body.get("max_completion_tokens") or body.get("max_tokens"),
        "stop_sequences": [body["stop"]] if isinstance(body.get("stop"), str) else body.get("stop"),
        "tool_choice": _choice(body.get("tool_choice")),
        "response_format": _format(body.get("response_format")),
    }
    return request | {name: value for name, value in renamed.items() if value is not None}


def _message(message: Mapping[str, Any]) -> _Json:
    role = "system" if message["role"] == "developer" else message["role"]
    kept = {name: message[name] for name in ("content", "tool_calls", "tool_call_id") if message.get(name)}
    return {"role": role, **kept}


def _choice(wanted: Any) -> str | None:
    """A tool that is named cannot be asked for: that any is called comes nearest."""
    return "REQUIRED" if isinstance(wanted, Mapping) else _CHOICES.get(wanted)


def _format(wanted: Any) -> _Json | None:
    if not isinstance(wanted, Mapping) or wanted.get("type") not in ("json_object", "json_schema"):
        return None
    schema = (wanted.get("json_schema") or {}).get("schema")
    return {"type": "json_object"} | ({"json_schema": schema} if schema else {})
