"""Anthropic's Messages API, versions 2023-06-01 and 2026-10-21, as its documentation describes them.

It judges requests as the vendor does, so that a translation that leaves something out is caught.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.wire import (
    Fault,
    Finish,
    Received,
    Reply,
    WireServer,
    faulty,
    fragments,
    json_response,
    sse_response,
)

Json = dict[str, Any]
_VERSIONS = ("2023-06-01", "2026-10-21")
_STOPPED: Mapping[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tools": "tool_use",
    "filtered": "refusal",
}
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


class AnthropicServer(WireServer):
    key = "sk-ant-test"

    def routes(self) -> list[Route]:
        return [
            Route("/v1/messages", self._messages, methods=["POST"]),
            Route("/v1/models", self._models),
        ]

    def overflow(self) -> Fault:
        return Fault(400, "prompt is too long: 210000 tokens > 200000 maximum")

    def error(self, fault: Fault) -> Response:
        error = {"type": fault.code or _KINDS.get(fault.status, "api_error"), "message": fault.detail}
        return json_response({"type": "error", "error": error, "request_id": "req_1"}, fault.status, fault.headers)

    def _denied(self, received: Received) -> Fault | None:
        sent = received.headers
        if self.key not in (sent.get("x-api-key"), sent.get("authorization", "")[len("Bearer ") :]):
            return Fault(401, "invalid x-api-key")
        version = sent.get("anthropic-version")
        if version not in _VERSIONS:
            return Fault(400, f"anthropic-version: {version} is not a valid version")
        return None

    async def _messages(self, request: Request) -> Response:
        received = await self.record(request)
        body = received.body
        if denied := self._denied(received):
            return self.error(denied)
        if wrong := _wrong(body) or _sampled(body, received.headers["anthropic-version"]):
            return self.error(Fault(400, wrong))
        if body["model"] != self.model:
            return self.error(Fault(404, f"model: {body['model']}"))
        reply = self.next_reply()
        if isinstance(reply, Fault):
            return self.error(reply)
        if body.get("stream"):
            error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
            return sse_response(map(_sent, faulty(_events(reply, body), reply, error)))
        return json_response(
            _message(reply, body) | {"content": _content(reply), "stop_reason": _STOPPED[reply.finish]}
        )

    async def _models(self, request: Request) -> Response:
        if denied := self._denied(await self.record(request)):
            return self.error(denied)
        card = {"type": "model", "id": self.model, "display_name": "Scripted", "created_at": "2026-01-01T00:00:00Z"}
        page = {"data": [card], "has_more": False, "first_id": self.model, "last_id": self.model}
        return json_response(page)


def _sampled(body: Json, version: str) -> str | None:
    sampling = [name for name in ("temperature", "top_p", "top_k") if name in body]
    return f"{sampling[0]}: is not supported" if sampling and version == _VERSIONS[-1] else None


def _wrong(body: Json) -> str | None:
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


def _unanswered(one: Json, following: Json | None) -> str | None:
    """Every tool use must be answered in the very next message."""
    if isinstance(one["content"], str):
        return None
    used = {block["id"] for block in one["content"] if block["type"] == "tool_use"}
    content = following["content"] if following and not isinstance(following["content"], str) else []
    answered = {block.get("tool_use_id") for block in content}
    return f"tool_use ids were found without tool_result blocks: {sorted(used - answered)}" if used - answered else None


def _message(reply: Reply, body: Json) -> Json:
    counted = reply.counted
    usage = {"input_tokens": counted.prompt - counted.cached, "cache_read_input_tokens": counted.cached}
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage | {"cache_creation_input_tokens": 0, "output_tokens": counted.answer},
    }


def _content(reply: Reply) -> list[Json]:
    thought = [{"type": "thinking", "thinking": reply.reasoning, "signature": "c2ln"}] if reply.reasoning else []
    text = [{"type": "text", "text": reply.text}] if reply.text else []
    calls = [{"type": "tool_use", "id": one.id, "name": one.name, "input": one.arguments} for one in reply.calls]
    return [*thought, *text, *calls]


def _events(reply: Reply, body: Json) -> Iterator[Json]:
    yield {"type": "message_start", "message": _message(reply, body)}
    yield {"type": "ping"}
    for index, block in enumerate(_content(reply)):
        yield {"type": "content_block_start", "index": index, "content_block": block | _EMPTY[block["type"]]}
        for delta in _deltas(block, reply):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stopped = {"stop_reason": _STOPPED[reply.finish], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stopped, "usage": {"output_tokens": reply.counted.answer}}
    yield {"type": "message_stop"}


_EMPTY: Mapping[str, Json] = {
    "text": {"text": ""},
    "thinking": {"thinking": "", "signature": ""},
    "tool_use": {"input": {}},
}


def _deltas(block: Json, reply: Reply) -> Iterator[Json]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in reply.pieces)
    elif block["type"] == "thinking":
        yield {"type": "thinking_delta", "thinking": block["thinking"]}
        yield {"type": "signature_delta", "signature": block["signature"]}
    else:
        call = next(one for one in reply.calls if one.id == block["id"])
        yield from ({"type": "input_json_delta", "partial_json": part} for part in fragments(call))


def _sent(event: Json) -> bytes:
    return f"event: {event['type']}\ndata: ".encode() + orjson.dumps(event) + b"\n\n"
