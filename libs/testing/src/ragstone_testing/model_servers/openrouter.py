"""OpenRouter: comments while it waits, costs in the usage, and errors inside of answers whose status was good."""

from collections.abc import Iterable, Iterator

from starlette.requests import Request
from starlette.responses import Response

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, Reply, json_response


class OpenRouterServer(OpenAIServer):
    base = "/api/v1"
    fields = None

    def overflow(self) -> Fault:
        detail = "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens."
        return Fault(400, detail)

    def flagged(self) -> Fault:
        """A prompt that moderation turned away."""
        return Fault(403, "The model requires moderation and your input was flagged for violence")

    def error_object(self, fault: Fault) -> Json:
        return {"code": fault.status, "message": fault.detail, "metadata": {"provider_name": "Scripted"}}

    def headers(self) -> dict[str, str]:
        return {"x-generation-id": "gen-scripted"}

    def usage(self, counted: Counted) -> Json:
        details = {"cost": 0.00014, "cost_details": {"upstream_inference_cost": None}, "is_byok": False}
        return super().usage(counted) | details

    def head(self, kind: str, body: Json) -> Json:
        head = {"id": "gen-scripted", "provider": "Scripted", "model": body["model"], "object": kind}
        return head | {"created": 1_790_000_000}

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        """The usage comes after the last piece, whether it was asked for or not."""
        yield from super().chunks(reply, {**body, "stream_options": {}})
        yield self.head("chat.completion.chunk", body) | {"choices": [], "usage": self.usage(reply.counted)}

    def events(self, chunks: Iterable[Json]) -> Iterator[bytes]:
        yield b": OPENROUTER PROCESSING\n\n"
        for chunk in super().events(chunks):
            yield chunk
            yield b": OPENROUTER PROCESSING\n\n"

    def broken(self, body: Json) -> Json:
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        error = {"code": "server_error", "message": "Provider disconnected unexpectedly"}
        return self.head("chat.completion.chunk", body) | {"error": error, "choices": [choice]}

    async def _chat(self, request: Request) -> Response:
        """A model that fails after it was chosen is told with a status of 200."""
        waiting = self.replies[0] if self.replies else None
        response = await super()._chat(request)
        streams = (self.received[-1].body or {}).get("stream")
        if isinstance(waiting, Reply) and waiting.error_after is not None and not streams:
            error = {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": "Scripted"}}
            return json_response({"error": error, "user_id": "user_scripted"})
        return response
