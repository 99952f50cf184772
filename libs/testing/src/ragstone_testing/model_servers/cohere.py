"""Cohere's own chat, version 2, and rerank, as its reference describes them."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.wire import (
    Call,
    Fault,
    Finish,
    Reply,
    WireServer,
    arguments_of,
    faulty,
    fragments,
    json_response,
    sse_response,
)
from ragstone_testing.scripted_models import hashed_vectors

Json = dict[str, Any]
_FINISHED: Mapping[Finish, str] = {
    "stop": "COMPLETE",
    "length": "MAX_TOKENS",
    "tools": "TOOL_CALL",
    "filtered": "ERROR",
}
_FIELDS = {
    *("model", "messages", "stream", "tools", "tool_choice", "strict_tools", "documents", "citation_options"),
    *("response_format", "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty"),
    *("presence_penalty", "k", "p", "logprobs", "thinking", "priority"),
}
_UNBILLED = 66
"""Tokens of its own that the vendor puts around a prompt; they are counted and not billed."""


class CohereServer(WireServer):
    key = "co-test"

    def routes(self) -> list[Route]:
        return [
            Route("/v2/chat", self._chat, methods=["POST"]),
            Route("/v2/rerank", self._rerank, methods=["POST"]),
            Route("/v1/models", self._models),
        ]

    def overflow(self) -> Fault:
        return Fault(400, "too many tokens: size limit exceeded by 808 tokens. Try using shorter or fewer inputs.")

    def error(self, fault: Fault) -> Response:
        return json_response({"id": "scripted", "message": fault.detail}, fault.status, fault.headers)

    def _denied(self, request: Request) -> Fault | None:
        known = request.headers.get("authorization", "").lower() == f"bearer {self.key}"
        return None if known else Fault(401, "invalid api token")

    async def _chat(self, request: Request) -> Response:
        body = (await self.record(request)).body
        if denied := self._denied(request):
            return self.error(denied)
        if body.get("model") != self.model:
            return self.error(Fault(404, f"model '{body.get('model')}' not found"))
        if wrong := next(_wrong(body), None):
            return self.error(Fault(400, wrong))
        reply = self.next_reply()
        if isinstance(reply, Fault):
            return self.error(reply)
        if body.get("stream"):
            return sse_response(_stream(reply))
        return json_response(_answer(reply))

    async def _rerank(self, request: Request) -> Response:
        body = (await self.record(request)).body
        if denied := self._denied(request):
            return self.error(denied)
        query, *documents = hashed_vectors([body["query"], *body["documents"]], 64)
        scores = [float(query @ document) for document in documents]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])[: body.get("top_n")]
        results = [{"index": index, "relevance_score": scores[index]} for index in order]
        meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
        return json_response({"id": "scripted", "results": results, "meta": meta})

    async def _models(self, request: Request) -> Response:
        await self.record(request)
        if denied := self._denied(request):
            return self.error(denied)
        return json_response({"models": [{"name": self.model, "endpoints": ["chat"], "context_length": 128000}]})


def _wrong(body: Json) -> Iterator[str]:
    """What the vendor would refuse."""
    if unknown := sorted(set(body) - _FIELDS):
        yield f"unknown field: parameter '{unknown[0]}' is not a valid field"
    messages = body.get("messages")
    if not messages:
        yield "invalid request: messages must not be empty"
        return
    called: set[str] = set()
    for index, message in enumerate(messages):
        if message["role"] not in ("system", "user", "assistant", "tool"):
            yield f"invalid role in message at messages[{index}]"
        if message["role"] == "tool":
            if message.get("tool_call_id") not in called:
                yield f"invalid request: unknown tool call id at messages[{index}]"
            called.discard(message.get("tool_call_id"))
        elif not message.get("content") and not message.get("tool_calls"):
            yield f"invalid request: message at messages[{index}] must have non-empty content or tool calls"
        called |= {call["id"] for call in message.get("tool_calls") or []}
    if body.get("tool_choice") not in (None, "REQUIRED", "NONE"):
        yield "invalid request: tool_choice must be REQUIRED or NONE"
    if (body.get("response_format") or {}).get("type") not in (None, "text", "json_object"):
        yield "invalid request: response_format.type must be text or json_object"


def _usage(reply: Reply) -> Json:
    counted = reply.counted
    return {
        "billed_units": {"input_tokens": counted.prompt, "output_tokens": counted.answer},
        "tokens": {"input_tokens": counted.prompt + _UNBILLED, "output_tokens": counted.answer},
        "cached_tokens": counted.cached,
    }


def _answer(reply: Reply) -> Json:
    message: Json = {"role": "assistant"}
    content = [{"type": "thinking", "thinking": reply.reasoning}] if reply.reasoning else []
    if reply.text:
        content.append({"type": "text", "text": reply.text})
    if content:
        message["content"] = content
    if reply.calls:
        message |= {"tool_plan": "I will look.", "tool_calls": [_call(one, arguments_of(one)) for one in reply.calls]}
    finished = _FINISHED[reply.finish]
    return {"id": "scripted", "message": message, "finish_reason": finished, "usage": _usage(reply)}


def _call(call: Call, arguments: str) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _stream(reply: Reply) -> Iterator[bytes]:
    failed = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "the model failed"}}
    for event in faulty(_events(reply), reply, failed):
        yield f"event: {event['type']}\ndata: ".encode() + orjson.dumps(event) + b"\n\n"
    if reply.end_after is None:
        yield b"data: [DONE]\n\n"


def _events(reply: Reply) -> Iterator[Json]:
    opening = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield {"id": "scripted", "type": "message-start", "delta": {"message": opening}}
    spoken = [("thinking", [reply.reasoning] if reply.reasoning else []), ("text", reply.pieces)]
    for index, (kind, pieces) in enumerate((kind, pieces) for kind, pieces in spoken if pieces):
        yield _event("content-start", index, {"content": {"type": kind, kind: ""}})
        yield from (_event("content-delta", index, {"content": {kind: piece}}) for piece in pieces)
        yield {"type": "content-end", "index": index}
    if reply.calls:
        yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I will look."}}}
    for index, call in enumerate(reply.calls):
        yield _event("tool-call-start", index, {"tool_calls": _call(call, "")})
        for part in fragments(call):
            yield _event("tool-call-delta", index, {"tool_calls": {"function": {"arguments": part}}})
        yield {"type": "tool-call-end", "index": index}
    delta = {"finish_reason": _FINISHED[reply.finish], "usage": _usage(reply)}
    yield {"id": "scripted", "type": "message-end", "delta": delta}


def _event(kind: str, index: int, message: Json) -> Json:
    return {"type": kind, "index": index, "delta": {"message": message}}
