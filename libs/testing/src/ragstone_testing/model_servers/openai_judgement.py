"""What OpenAI refuses of a chat completion request, with the words it has for that."""

from collections.abc import Iterator, Mapping
from typing import Any

CHAT_FIELDS = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "temperature", "top_p", "n", "stop", "seed", "user"),
        *("max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty", "logit_bias"),
        *("logprobs", "top_logprobs", "response_format", "tools", "tool_choice", "parallel_tool_calls"),
        *("functions", "function_call", "reasoning_effort", "verbosity", "service_tier", "store", "metadata"),
        *("prediction", "modalities", "audio", "web_search_options", "prompt_cache_key", "safety_identifier"),
    }
)
_ROLES = {"system", "developer", "user", "assistant", "tool", "function"}


def wrong_with(body: Mapping[str, Any], fields: frozenset[str] | None) -> str | None:
    """Without ``fields`` none is unknown."""
    return next(_complaints(body, fields), None)


def _complaints(body: Mapping[str, Any], fields: frozenset[str] | None) -> Iterator[str]:
    if fields is not None and (unknown := sorted(set(body) - fields)):
        yield f"Unrecognized request argument supplied: {unknown[0]}"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "Invalid 'messages': empty array. Expected an array with minimum length 1."
        return
    if body.get("stream_options") is not None and not body.get("stream"):
        yield "The 'stream_options' parameter is only allowed when 'stream' is enabled."
    yield from _of_messages(messages)
    yield from _of_format(body.get("response_format"))
    for index, tool in enumerate(body.get("tools") or []):
        if tool.get("type") != "function" or not tool.get("function", {}).get("name"):
            yield f"Missing required parameter: 'tools[{index}].function.name'."


def _of_messages(messages: list[Any]) -> Iterator[str]:
    called: set[str] = set()
    for index, message in enumerate(messages):
        if message.get("role") not in _ROLES:
            yield f"Invalid value: '{message.get('role')}'. Supported values are: {sorted(_ROLES)}."
        if message.get("role") == "tool":
            if message.get("tool_call_id") not in called:
                yield "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
            called.discard(message.get("tool_call_id"))
            continue
        if called:
            yield "An assistant message with 'tool_calls' must be followed by tool messages."
        called = {call["id"] for call in message.get("tool_calls") or []}
        yield from _of_parts(index, message.get("content"))


def _of_parts(index: int, content: Any) -> Iterator[str]:
    for part in content if isinstance(content, list) else []:
        if part.get("type") == "image_url":
            url = part.get("image_url", {}).get("url", "")
            if not url.startswith(("http://", "https://", "data:image/")):
                yield f"Invalid 'messages[{index}].content.image_url'. Expected a valid URL, but got '{url}'."
        elif part.get("type") not in ("text", "input_audio", "file", "refusal"):
            yield f"Invalid value: '{part.get('type')}'. Supported values are: 'text', 'image_url'."


def _of_format(wanted: Any) -> Iterator[str]:
    if wanted is None:
        return
    if wanted.get("type") not in ("text", "json_object", "json_schema"):
        yield f"Invalid value: '{wanted.get('type')}'."
    if wanted.get("type") == "json_schema" and not (wanted.get("json_schema") or {}).get("name"):
        yield "Missing required parameter: 'response_format.json_schema.name'."
