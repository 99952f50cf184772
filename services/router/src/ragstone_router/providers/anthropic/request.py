"""A chat completion request as the Messages API takes it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from ragstone_router.errors import ModelRefused

_MOST_TOKENS = 4096
"""The Messages API wants a bound where the OpenAI wire has none."""
_SAME = ("metadata", "thinking", "service_tier")
_SAMPLING = ("temperature", "top_p", "top_k")
_DATA_URL = re.compile(r"data:(?P<type>[\w/+.-]+);base64,(?P<data>.*)", re.DOTALL)

_Json = dict[str, Any]


def messages_request(body: Mapping[str, Any], model: str, *, takes_sampling: bool = False) -> _Json:
    """Raises ModelRefused for what the Messages API has nothing for.

    From version 2026-10-21 on it refuses a temperature and its like, which most clients of the OpenAI wire send: they
    are left out unless it ``takes_sampling``.
    """
    system, turns = _conversation(body.get("messages") or [])
    request: _Json = {
        "model": model,
        "messages": turns,
        "max_tokens": body.get("max_completion_tokens") or body.get("max_tokens") or _MOST_TOKENS,
        "stream": bool(body.get("stream")),
    }
    same = (*_SAME, *_SAMPLING) if takes_sampling else _SAME
    request |= {name: body[name] for name in same if body.get(name) is not None}
    if system:
        request["system"] = system
    if stop := body.get("stop"):
        request["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    return request | _tools(body) | _format(body.get("response_format"))


def _conversation(messages: list[_Json]) -> tuple[str, list[_Json]]:
    """The system prompt, and the turns: those of one side that follow one another are one."""
    system = [_plain(message.get("content")) for message in messages if message["role"] in ("system", "developer")]
    turns: list[_Json] = []
    for message in messages:
        if message["role"] in ("system", "developer"):
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = list(_blocks(message))
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return "\n\n".join(filter(None, system)), turns


def _blocks(message: _Json) -> Iterator[_Json]:
    if message["role"] == "tool":
        result = _plain(message.get("content"))
        yield {"type": "tool_result", "tool_use_id": message.get("tool_call_id", ""), "content": result}
        return
    content = message.get("content")
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    yield from (_block(part) for part in parts if part.get("type") != "text" or part.get("text"))
    for call in message.get("tool_calls") or []:
        function = call["function"]
        arguments = orjson.loads(function.get("arguments") or "{}")
        yield {"type": "tool_use", "id": call["id"], "name": function["name"], "input": arguments}


def _block(part: _Json) -> _Json:
    if part.get("type") == "text":
        return {"type": "text", "text": part["text"]}
    if part.get("type") != "image_url":
        raise ModelRefused(400, f"this model takes no part of the type '{part.get('type')}'")
    url = part["image_url"]["url"]
    if found := _DATA_URL.fullmatch(url):
        source = {"type": "base64", "media_type": found["type"], "data": found["data"]}
        return {"type": "image", "source": source}
    return {"type": "image", "source": {"type": "url", "url": url}}


def _plain(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return content or ""


def _tools(body: Mapping[str, Any]) -> _Json:
    tools = [_tool(tool["function"]) for tool in body.get("tools") or []]
    if not tools:
        return {}
    return {"tools": tools} | _choice(body.get("tool_choice"), body.get("parallel_tool_calls"))


def _tool(function: _Json) -> _Json:
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    described = {"description": function["description"]} if function.get("description") else {}
    return {"name": function["name"], "input_schema": schema, **described}


def _choice(wanted: Any, parallel: bool | None) -> _Json:
    kinds = {"auto": "auto", "required": "any", "none": "none"}
    if isinstance(wanted, dict):
        choice: _Json = {"type": "tool", "name": wanted["function"]["name"]}
    elif wanted in kinds:
        choice = {"type": kinds[wanted]}
    else:
        choice = {"type": "auto"}
    if parallel is False and choice["type"] != "none":
        choice["disable_parallel_tool_use"] = True
    return {"tool_choice": choice}


def _format(wanted: Any) -> _Json:
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        return {}
    return {"output_config": {"format": {"type": "json_schema", "schema": wanted["json_schema"].get("schema", {})}}}
