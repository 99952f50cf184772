"""Vertex AI's generateContent and streamGenerateContent, as its reference describes them."""

from collections.abc import Iterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.gemini_openai import google_error, google_overflow
from ragstone_testing.model_servers.google_tokens import token_route
from ragstone_testing.model_servers.wire import (
    Counted,
    Fault,
    Reply,
    WireServer,
    faulty,
    json_response,
    sse_response,
)

Json = dict[str, Any]
_FINISHED = {"stop": "STOP", "length": "MAX_TOKENS", "tools": "STOP", "filtered": "SAFETY"}


class VertexServer(WireServer):
    project, location = "a-project", "europe-west1"
    model = "gemini-scripted"
    token = "ya29.scripted"

    def routes(self) -> list[Route]:
        place = f"/projects/{self.project}/locations/{self.location}/publishers/google/models"
        return [
            Route(f"/{{version}}{place}/{{model}}:generateContent", self._generate, methods=["POST"]),
            Route(f"/{{version}}{place}/{{model}}:streamGenerateContent", self._generate, methods=["POST"]),
            token_route(self.token),
        ]

    def overflow(self) -> Fault:
        return google_overflow()

    def error(self, fault: Fault) -> Response:
        return json_response(google_error(fault), fault.status, fault.headers)

    async def _generate(self, request: Request) -> Response:
        received = await self.record(request)
        if refused := self._refused(request, received.body):
            return self.error(refused)
        reply = self.next_reply()
        if isinstance(reply, Fault):
            return self.error(reply)
        if not request.url.path.endswith(":streamGenerateContent"):
            parts = [{"text": reply.text}] if reply.text else []
            return json_response(_answer(reply, [*parts, *_calls(reply)], ends=True))
        chunks = faulty(_chunks(reply), reply, google_error(Fault(503, "The model is overloaded.")))
        if request.query_params.get("alt") != "sse":
            return json_response(list(chunks))
        return sse_response(b"data: " + orjson.dumps(chunk) + b"\r\n\r\n" for chunk in chunks)

    def _refused(self, request: Request, body: Json) -> Fault | None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Fault(401, "Request had invalid authentication credentials. Expected OAuth 2 access token.")
        if request.path_params["model"] != self.model:
            return Fault(404, f"Publisher Model `{request.path_params['model']}` was not found.")
        wrong = next(_wrong(body), None)
        return Fault(400, wrong) if wrong else None


def _wrong(body: Json) -> Iterator[str]:
    """What the vendor would refuse."""
    contents = body.get("contents") or []
    if not contents:
        yield "at least one contents field is required"
    called = 0
    for content in contents:
        parts = content.get("parts") or []
        if content.get("role", "user") not in ("user", "model", "function"):
            yield f"Please use a valid role: user, model. Got {content['role']}"
        if not parts:
            yield "Unable to submit request because it must have a non-empty contents.parts field"
        answered = sum("functionResponse" in _camel(part) for part in parts)
        if called and answered != called:
            yield "Please ensure that the number of function response parts is equal to that of the call parts"
        called = sum("functionCall" in _camel(part) for part in parts)


def _camel(part: Json) -> set[str]:
    """Google takes a field's name in either spelling."""
    return {name.split("_")[0] + "".join(word.title() for word in name.split("_")[1:]) for name in part}


def _usage(counted: Counted) -> Json:
    """Thoughts are counted beside the candidates, what was cached among the prompt."""
    thought = {"thoughtsTokenCount": counted.reasoning} if counted.reasoning else {}
    cached = {"cachedContentTokenCount": counted.cached} if counted.cached else {}
    plain = {"promptTokenCount": counted.prompt, "candidatesTokenCount": counted.answer - counted.reasoning}
    return plain | {"totalTokenCount": counted.prompt + counted.answer} | thought | cached


def _calls(reply: Reply) -> list[Json]:
    return [{"functionCall": {"name": call.name, "args": call.arguments}} for call in reply.calls]


def _answer(reply: Reply, parts: list[Json], *, ends: bool) -> Json:
    candidate: Json = {"index": 0, "content": {"role": "model", "parts": parts}}
    if ends:
        candidate |= {"finishReason": _FINISHED[reply.finish], "safetyRatings": []}
    head = {"modelVersion": VertexServer.model, "responseId": "scripted", "createTime": "2026-11-01T00:00:00Z"}
    return {"candidates": [candidate]} | head | ({"usageMetadata": _usage(reply.counted)} if ends else {})


def _chunks(reply: Reply) -> Iterator[Json]:
    """The last piece says why it ends and what was used; calls come whole."""
    parts: list[Json] = [*({"text": piece} for piece in reply.pieces), *_calls(reply)]
    for number, part in enumerate(parts, start=1):
        yield _answer(reply, [part], ends=number == len(parts))
