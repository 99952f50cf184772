"""Anthropic's Messages API, versions 2023-06-01 and 2026-10-21, as its documentation describes them.

It judges requests as the vendor does, so that a translation that leaves something out is caught.
"""

import re
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

_VERSIONS = ("2023-06-01", "2026-10-21")
_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
    529: "overloaded_error",
}


@dataclass(frozen=True)
class ToolUse:
    id: str
    name: str
    input: dict[str, Any]


@dataclass(frozen=True)
class Message:
    """One answer; with a ``status`` of 400 or above an error instead. ``end_after`` breaks a stream off after so many
    events, ``error_after`` sends an error event in the place of the next one."""

    text: str = "Hello from the script."
    tools: tuple[ToolUse, ...] = ()
    stop_reason: str = "end_turn"
    status: int = 200
    detail: str = "scripted"
    retry_after: int | None = None
    end_after: int | None = None
    error_after: int | None = None


class AnthropicServer:
    def __init__(self, key: str = "sk-ant-test") -> None:
        self.key = key
        self.scripts: deque[Message] = deque()
        self.received: list[dict[str, Any]] = []
        self._app = Starlette(routes=[Route("/v1/messages", self._messages, methods=["POST"])])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _messages(self, request: Request) -> Response:
        if self.key not in (
            request.headers.get("x-api-key"),
            request.headers.get("authorization", "")[len("Bearer ") :],
        ):
            return _error(401, "invalid x-api-key")
        version = request.headers.get("anthropic-version")
        if version not in _VERSIONS:
            return _error(400, f"anthropic-version: {version} is not a valid version")
        body = orjson.loads(await request.body())
        self.received.append(body)
        if wrong := _wrong(body) or _sampled(body, version):
            return _error(400, wrong)
        script = self.scripts.popleft() if self.scripts else Message()
        if script.status >= 400:
            return _error(script.status, script.detail, script.retry_after)
        if body.get("stream"):
            return StreamingResponse(_stream(script, body), media_type="text/event-stream")
        return JSONResponse(_message(script, body) | {"content": _content(script), "stop_reason": script.stop_reason})


def _sampled(body: dict[str, Any], version: str) -> str | None:
    sampling = [name for name in ("temperature", "top_p", "top_k") if name in body]
    return f"{sampling[0]}: is not supported" if sampling and version == _VERSIONS[-1] else None


def _wrong(body: dict[str, Any]) -> str | None:
    """What the vendor would refuse."""
    messages = body.get("messages")
    if not isinstance(body.get("max_tokens"), int):
        return "max_tokens: Field required"
    if not messages:
        return "messages: at least one message is required"
    if messages[0]["role"] != "user":
        return "messages: first message must use the user role"
    if any(message["role"] not in ("user", "assistant") for message in messages):
        return "messages: unexpected role"
    if any(not message["content"] for message in messages):
        return "messages: all messages must have non-empty content"
    return next((wrong for one, two in _pairs(messages) if (wrong := _unanswered(one, two))), None)


def _pairs(messages: list[Any]) -> Iterator[tuple[Any, Any]]:
    yield from zip(messages, [*messages[1:], None], strict=True)


def _unanswered(one: dict[str, Any], following: dict[str, Any] | None) -> str | None:
    """Every tool use must be answered in the very next message."""
    if isinstance(one["content"], str):
        return None
    used = {block["id"] for block in one["content"] if block["type"] == "tool_use"}
    content = following["content"] if following and not isinstance(following["content"], str) else []
    answered = {block.get("tool_use_id") for block in content}
    return f"tool_use ids were found without tool_result blocks: {sorted(used - answered)}" if used - answered else None


def _message(script: Message, body: dict[str, Any]) -> dict[str, Any]:
    usage = {"input_tokens": 11, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 0}
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage | {"output_tokens": len(script.text.split())},
    }


def _content(script: Message) -> list[dict[str, Any]]:
    text = [{"type": "text", "text": script.text}] if script.text else []
    return [*text, *({"type": "tool_use", "id": t.id, "name": t.name, "input": t.input} for t in script.tools)]


async def _stream(script: Message, body: dict[str, Any]) -> AsyncIterator[bytes]:
    for count, event in enumerate(_events(script, body)):
        if count == script.end_after:
            return
        if count == script.error_after:
            yield _sent({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
            return
        yield _sent(event)


def _events(script: Message, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "message_start", "message": _message(script, body)}
    yield {"type": "ping"}
    for index, block in enumerate(_content(script)):
        empty: dict[str, Any] = {"text": ""} if block["type"] == "text" else {"input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": block | empty}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    usage = {"output_tokens": len(script.text.split())}
    yield {"type": "message_delta", "delta": {"stop_reason": script.stop_reason, "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in re.findall(r"\s*\S+", block["text"]))
        return
    arguments = orjson.dumps(block["input"]).decode()
    for start in range(0, len(arguments), 7):
        yield {"type": "input_json_delta", "partial_json": arguments[start : start + 7]}


def _sent(event: dict[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: ".encode() + orjson.dumps(event) + b"\n\n"


def _error(status: int, detail: str, retry_after: int | None = None) -> Response:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    error = {"type": _KINDS.get(status, "api_error"), "message": detail}
    return JSONResponse({"type": "error", "error": error, "request_id": "req_1"}, status, headers)
