"""Replicate's predictions, as its HTTP reference describes them: made, waited for or looked at, streamed, cancelled."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.wire import Fault, Reply, WireServer, faulty, json_response, sse_response

Json = dict[str, Any]
_FIELDS = {
    *("prompt", "system_prompt", "max_tokens", "min_tokens", "temperature", "top_p", "top_k", "stop_sequences", "seed"),
    *("presence_penalty", "frequency_penalty"),
}


@dataclass
class _Prediction:
    id: str
    reply: Reply
    input: Json
    seen: int = 0
    cancelled: bool = field(default=False)

    @property
    def status(self) -> str:
        if self.cancelled:
            return "canceled"
        if self.seen < 2:
            return ("starting", "processing")[self.seen]
        return "failed" if self.reply.error_after is not None else "succeeded"


class ReplicateServer(WireServer):
    """A model of language, whose predictions count their tokens. One that nobody waits for is done when it is looked at
    for the third time."""

    base = "/v1"
    key = "r8_test"
    model = "meta/scripted"

    def __init__(self) -> None:
        super().__init__()
        self.waits = True
        """Whether ``Prefer: wait`` is long enough."""
        self.cancelled: list[str] = []
        self._predictions: dict[str, _Prediction] = {}

    def routes(self) -> list[Route]:
        return [
            Route("/v1/models/{owner}/{name}/predictions", self._create, methods=["POST"]),
            Route("/v1/deployments/{owner}/{name}/predictions", self._create, methods=["POST"]),
            Route("/v1/predictions", self._create, methods=["POST"]),
            Route("/v1/predictions/{id}", self._get),
            Route("/v1/predictions/{id}/cancel", self._cancel, methods=["POST"]),
            Route("/streams/{id}", self._stream),
        ]

    def overflow(self) -> Fault:
        return Fault(422, "input: prompt is too long, exceeds the context length of the model")

    def error(self, fault: Fault) -> Response:
        problem = {"title": fault.code or "Scripted", "detail": fault.detail, "status": fault.status}
        return json_response(problem, fault.status, {"content-type": "application/problem+json"} | fault.headers)

    def _refused(self, request: Request, body: Json) -> Fault | None:
        if request.headers.get("authorization") not in (f"Bearer {self.key}", f"Token {self.key}"):
            return Fault(401, "You did not pass a valid authentication token", "Unauthenticated")
        path = request.path_params
        if "owner" in path and f"{path['owner']}/{path['name']}" != self.model:
            return Fault(404, "The requested resource could not be found.")
        if unknown := sorted(set(body.get("input") or {}) - _FIELDS):
            return Fault(422, f"- input: Additional property {unknown[0]} is not allowed", "Input validation failed")
        if not (body.get("input") or {}).get("prompt"):
            return Fault(422, "- input: prompt is required", "Input validation failed")
        return None

    async def _create(self, request: Request) -> Response:
        body = (await self.record(request)).body
        if refused := self._refused(request, body):
            return self.error(refused)
        reply = self.next_reply()
        if isinstance(reply, Fault):
            return self.error(reply)
        made = _Prediction(f"p{len(self._predictions)}", reply, body["input"])
        self._predictions[made.id] = made
        if self.waits and request.headers.get("prefer", "").startswith("wait"):
            made.seen = 2
        return json_response(self._shown(made, request), 201)

    async def _get(self, request: Request) -> Response:
        await self.record(request)
        made = self._predictions[request.path_params["id"]]
        made.seen += 1
        return json_response(self._shown(made, request))

    async def _cancel(self, request: Request) -> Response:
        await self.record(request)
        made = self._predictions[request.path_params["id"]]
        made.cancelled = True
        self.cancelled.append(made.id)
        return json_response(self._shown(made, request))

    async def _stream(self, request: Request) -> Response:
        made = self._predictions[request.path_params["id"]]
        return sse_response(_events(made))

    def _shown(self, made: _Prediction, request: Request) -> Json:
        root = str(request.base_url).rstrip("/")
        here = f"{root}/v1/predictions/{made.id}"
        shown: Json = {
            "id": made.id,
            "model": self.model,
            "version": "hidden",
            "input": made.input,
            "logs": "",
            "output": None,
            "error": "the model failed" if made.status == "failed" else None,
            "status": made.status,
            "created_at": "2026-11-01T00:00:00.000Z",
            "urls": {"get": here, "cancel": f"{here}/cancel", "stream": f"{root}/streams/{made.id}"},
        }
        if made.status == "succeeded":
            counted = made.reply.counted
            metrics = {"input_token_count": counted.prompt, "output_token_count": counted.answer, "predict_time": 0.2}
            shown |= {"output": list(made.reply.pieces), "metrics": metrics}
        return shown


def _events(made: _Prediction) -> Iterator[bytes]:
    """An output's line breaks make lines of data, as server-sent events have them."""
    lines = ("\n".join(f"data: {line}" for line in piece.split("\n")) for piece in made.reply.pieces)
    outputs = (f"event: output\nid: 1690000000{number}:0\n{line}\n\n" for number, line in enumerate(lines))
    error = 'event: error\ndata: {"detail": "the model failed"}\n\n'
    for event in faulty(outputs, made.reply, error):
        yield event.encode()
    if made.reply.end_after is None and made.reply.error_after is None:
        made.seen = 2
        yield b"event: done\nid: 16900000009:0\ndata: {}\n\n"
