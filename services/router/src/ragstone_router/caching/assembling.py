"""From a streamed answer to the whole one, and the other way around."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

_TEXTS = ("content", "refusal", "reasoning", "reasoning_content")
_CHUNK = "chat.completion.chunk"


class NotWhole(Exception):
    """A stream that holds an error, no end, or something that is not known how to put together."""


def assembled(stream: bytes) -> bytes:
    """The chat completion whose stream this is. Raises NotWhole."""
    chunks = list(_chunks(stream))
    if not chunks:
        raise NotWhole
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        for choice in chunk.get("choices") or []:
            _add(choices.setdefault(choice.get("index", 0), {"message": {}}), choice)
    if any("finish_reason" not in choice for choice in choices.values()) or not choices:
        raise NotWhole
    usage = next((chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage")), None)
    head = {name: chunks[0].get(name) for name in ("id", "created", "model")}
    whole = head | {"object": "chat.completion", "choices": [choices[index] | {"index": index} for index in choices]}
    return orjson.dumps(whole | ({"usage": usage} if usage else {}))


def _chunks(stream: bytes) -> Iterator[dict[str, Any]]:
    """Raises NotWhole unless it ends as it should."""
    ended = False
    for line in stream.splitlines():
        if not line.startswith(b"data:"):
            continue
        if ended := line[5:].strip() == b"[DONE]":
            continue
        chunk = _object(line[5:])
        if "error" in chunk:
            raise NotWhole
        yield chunk
    if not ended:
        raise NotWhole


def _object(data: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NotWhole from error
    if not isinstance(parsed, dict):
        raise NotWhole
    return parsed


def _add(whole: dict[str, Any], choice: Mapping[str, Any]) -> None:
    if choice.get("finish_reason"):
        whole["finish_reason"] = choice["finish_reason"]
    if choice.get("logprobs"):
        _extend(whole.setdefault("logprobs", {}), choice["logprobs"])
    message = whole["message"]
    for name, value in (choice.get("delta") or {}).items():
        if value is None:
            message.setdefault(name, None)
        elif name == "role":
            message["role"] = value
        elif name in _TEXTS and isinstance(value, str):
            message[name] = (message.get(name) or "") + value
        elif name == "tool_calls":
            _add_calls(message.setdefault("tool_calls", []), value)
        elif value:
            raise NotWhole


def _extend(whole: dict[str, Any], logprobs: Mapping[str, Any]) -> None:
    for name, value in logprobs.items():
        whole[name] = [*(whole.get(name) or []), *value] if value else whole.get(name)


def _add_calls(whole: list[dict[str, Any]], pieces: list[Mapping[str, Any]]) -> None:
    for piece in pieces:
        index = piece.get("index", 0)
        while len(whole) <= index:
            whole.append({"function": {"arguments": ""}})
        call, function = whole[index], piece.get("function") or {}
        call.update({name: piece[name] for name in ("id", "type") if piece.get(name)})
        if function.get("name"):
            call["function"]["name"] = function["name"]
        call["function"]["arguments"] += function.get("arguments") or ""


def streamed(whole: bytes, *, with_usage: bool) -> bytes:
    """The same answer as events: each choice in one piece, then its end."""
    body = orjson.loads(whole)
    head = {name: body.get(name) for name in ("id", "created", "model")} | {"object": _CHUNK}
    events = [head | {"choices": [piece]} for choice in body["choices"] for piece in _pieces(choice)]
    if with_usage and body.get("usage"):
        events.append(head | {"choices": [], "usage": body["usage"]})
    return b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in events) + b"data: [DONE]\n\n"


def _pieces(choice: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    delta = dict(choice["message"])
    if delta.get("tool_calls"):
        delta["tool_calls"] = [{"index": index} | call for index, call in enumerate(delta["tool_calls"])]
    said = {"logprobs": choice["logprobs"]} if choice.get("logprobs") else {}
    yield {"index": choice["index"], "delta": delta, "finish_reason": None} | said
    yield {"index": choice["index"], "delta": {}, "finish_reason": choice.get("finish_reason")}
