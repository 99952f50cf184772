"""OpenAI's chat completions, embeddings and models, as its reference describes them.

Requests are judged as the vendor does. Servers that are compatible with it are told apart by what they override.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.openai_judgement import CHAT_FIELDS, wrong_with
from ragstone_testing.model_servers.wire import (
    Call,
    Counted,
    Fault,
    Received,
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
FINISHED: Mapping[str, str] = {"stop": "stop", "length": "length", "tools": "tool_calls", "filtered": "content_filter"}
_KINDS = {401: "invalid_request_error", 403: "invalid_request_error", 429: "requests", 500: "server_error"}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


class OpenAIServer(WireServer):
    base = "/v1"
    key = "sk-test"
    fields: frozenset[str] | None = CHAT_FIELDS
    """Fields a request may have; None when the vendor passes over those it does not know."""
    usage_in_last_choice = False
    """Whether a stream's usage comes, unasked, with the last piece instead of after it, if it is asked for."""
    calls_come_whole = False
    """Whether a streamed tool call comes in one piece."""

    def routes(self) -> list[Route]:
        return [
            Route(f"{self.base}/chat/completions", self._chat, methods=["POST"]),
            Route(f"{self.base}/embeddings", self._embeddings, methods=["POST"]),
            Route(f"{self.base}/models", self._models),
        ]

    def overflow(self) -> Fault:
        detail = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
        return Fault(400, detail, "context_length_exceeded")

    def error(self, fault: Fault) -> Response:
        return json_response({"error": self.error_object(fault)}, fault.status, self.headers() | fault.headers)

    def error_object(self, fault: Fault) -> Json:
        kind, code = _KINDS.get(fault.status, "invalid_request_error"), fault.code or _CODES.get(fault.status)
        return {"message": fault.detail, "type": kind, "param": None, "code": code}

    def headers(self) -> dict[str, str]:
        limits = {"limit-requests": "5000", "remaining-requests": "4999", "reset-requests": "12ms"}
        named = {f"x-ratelimit-{name}": value for name, value in limits.items()}
        return {"x-request-id": "req_scripted", "openai-processing-ms": "12", **named}

    def is_known(self, received: Received) -> bool:
        """Whether the caller's key is the right one."""
        return received.headers.get("authorization") == f"Bearer {self.key}"

    def denied(self) -> Fault:
        return Fault(401, "Incorrect API key provided.")

    def usage(self, counted: Counted) -> Json:
        return {
            "prompt_tokens": counted.prompt,
            "completion_tokens": counted.answer,
            "total_tokens": counted.prompt + counted.answer,
            "prompt_tokens_details": {"cached_tokens": counted.cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": counted.reasoning, "audio_tokens": 0},
        }

    def completion(self, reply: Reply, body: Json) -> Json:
        message: Json = {"role": "assistant", "content": reply.text or None, "refusal": None, "annotations": []}
        if reply.calls:
            message["tool_calls"] = [_tool_call(call, arguments_of(call)) for call in reply.calls]
        choice = {"index": 0, "message": message, "finish_reason": FINISHED[reply.finish]}
        choice["logprobs"] = {"content": [_logprob(piece) for piece in reply.pieces]} if body.get("logprobs") else None
        return self.head("chat.completion", body) | {"choices": [choice], "usage": self.usage(reply.counted)}

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        head, counts = self.head("chat.completion.chunk", body), _counts(body)
        plain = head | ({"usage": None} if counts and not self.usage_in_last_choice else {})
        yield plain | _delta({"role": "assistant", "content": "", "refusal": None})
        for piece in reply.pieces:
            logprobs = {"content": [_logprob(piece)]} if body.get("logprobs") else None
            yield plain | _delta({"content": piece}, logprobs=logprobs)
        for index, call in enumerate(reply.calls):
            yield from (plain | _delta({"tool_calls": [part]}) for part in self._parts_of(index, call))
        usage = {"usage": self.usage(reply.counted)}
        yield plain | _delta({}, FINISHED[reply.finish]) | (usage if self.usage_in_last_choice else {})
        if counts and not self.usage_in_last_choice:
            yield head | {"choices": []} | usage

    def events(self, chunks: Iterable[Json]) -> Iterator[bytes]:
        """Chunks as server-sent events, with what else the vendor sends between them."""
        yield from (data_event(chunk) for chunk in chunks)

    def broken(self, body: Json) -> Json:
        """The event that says that a stream has failed."""
        return {"error": self.error_object(Fault(500, "The server had an error", "server_error"))}

    def head(self, kind: str, body: Json) -> Json:
        head = {"id": "chatcmpl-scripted", "object": kind, "created": 1_790_000_000, "model": body["model"]}
        return head | {"service_tier": "default", "system_fingerprint": "fp_scripted"}

    def _parts_of(self, index: int, call: Call) -> Iterator[Json]:
        if self.calls_come_whole:
            yield {"index": index, **_tool_call(call, arguments_of(call))}
            return
        yield {"index": index, **_tool_call(call, "")}
        yield from ({"index": index, "function": {"arguments": part}} for part in fragments(call))

    def asked(self, received: Received) -> Json:
        """The body, with the model's name if that is said elsewhere."""
        body: Json = received.body
        return body

    def wrong(self, received: Received) -> Fault | None:
        """What the vendor would refuse."""
        if not self.is_known(received):
            return self.denied()
        body = self.asked(received)
        if body.get("model") != self.model:
            return Fault(404, f"The model `{body.get('model')}` does not exist or you do not have access to it.")
        detail = wrong_with(body, self.fields) if "messages" in body or "input" not in body else None
        return Fault(400, detail) if detail else None

    async def _chat(self, request: Request) -> Response:
        received = await self.record(request)
        if wrong := self.wrong(received):
            return self.error(wrong)
        reply, body = self.next_reply(), self.asked(received)
        if isinstance(reply, Fault):
            return self.error(reply)
        if not body.get("stream"):
            return json_response(self.completion(reply, body), headers=self.headers())
        return sse_response(self._stream(reply, body), self.headers())

    def _stream(self, reply: Reply, body: Json) -> Iterator[bytes]:
        yield from self.events(faulty(self.chunks(reply, body), reply, self.broken(body)))
        if reply.end_after is None and reply.error_after is None:
            yield b"data: [DONE]\n\n"

    async def _embeddings(self, request: Request) -> Response:
        received = await self.record(request)
        if wrong := self.wrong(received):
            return self.error(wrong)
        body = self.asked(received)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = hashed_vectors(texts, body.get("dimensions", 8))
        as_base64 = body.get("encoding_format") == "base64"
        data = [
            {"object": "embedding", "index": index, "embedding": _base64(row) if as_base64 else row.tolist()}
            for index, row in enumerate(vectors)
        ]
        count = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": count, "total_tokens": count}
        answer = {"object": "list", "data": data, "model": body["model"], "usage": usage}
        return json_response(answer, headers=self.headers())

    async def _models(self, request: Request) -> Response:
        received = await self.record(request)
        if not self.is_known(received):
            return self.error(self.denied())
        card = {"id": self.model, "object": "model", "created": 1_790_000_000, "owned_by": "scripted"}
        return json_response({"object": "list", "data": [card]}, headers=self.headers())


def data_event(body: Any) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def _counts(body: Json) -> bool:
    return bool((body.get("stream_options") or {}).get("include_usage"))


def _delta(delta: Json, finished: str | None = None, logprobs: Any = None) -> Json:
    return {"choices": [{"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finished}]}


def _tool_call(call: Call, arguments: str) -> Json:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def _logprob(piece: str) -> Json:
    one = {"token": piece, "logprob": -0.25, "bytes": list(piece.encode())}
    return one | {"top_logprobs": [one]}


def _base64(row: Any) -> str:
    return base64.b64encode(row.astype("<f4").tobytes()).decode()
