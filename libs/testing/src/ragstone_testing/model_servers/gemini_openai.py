"""Gemini's OpenAI-compatible endpoint: errors in an array, whole tool calls, usage in every piece of a stream.

What the model thought is in the total of the tokens and in no other count.
"""

from collections.abc import Iterator

from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.google_tokens import token_route
from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, Reply, json_response

_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def google_error(fault: Fault) -> Json:
    status = fault.code or _STATUSES.get(fault.status, "UNKNOWN")
    return {"error": {"code": fault.status, "message": fault.detail, "status": status}}


def google_overflow() -> Fault:
    return Fault(400, "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).")


class GeminiOpenAIServer(OpenAIServer):
    base = "/v1beta/openai"
    fields = None
    calls_come_whole = True

    def overflow(self) -> Fault:
        return google_overflow()

    def denied(self) -> Fault:
        return Fault(400, "API key not valid. Please pass a valid API key.")

    def error(self, fault: Fault) -> Response:
        return json_response([google_error(fault)], fault.status, self.headers() | fault.headers)

    def headers(self) -> dict[str, str]:
        return {"server-timing": "gfet4t7; dur=431"}

    def usage(self, counted: Counted) -> Json:
        total = counted.prompt + counted.answer
        seen = counted.answer - counted.reasoning
        details = {"prompt_tokens_details": {"cached_tokens": counted.cached}} if counted.cached else {}
        return {"completion_tokens": seen, "prompt_tokens": counted.prompt, "total_tokens": total} | details

    def head(self, kind: str, body: Json) -> Json:
        return {"id": "scripted", "object": kind, "created": 1_790_000_000, "model": body["model"]}

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        """No piece with the role alone, and none with the usage alone: the last one that speaks says why it ends."""
        _, *spoken = super().chunks(reply, {**body, "stream_options": {}})
        *pieces, last = spoken
        if pieces:
            pieces[-1]["choices"][0]["finish_reason"] = last["choices"][0]["finish_reason"]
        for chunk in pieces or [last]:
            chunk["choices"][0]["delta"] = {"role": "assistant", **chunk["choices"][0]["delta"]}
            yield chunk | ({"usage": self.usage(reply.counted)} if body.get("stream_options") else {})

    def broken(self, body: Json) -> Json:
        return google_error(Fault(503, "The model is overloaded. Please try again later."))


class VertexOpenAIServer(GeminiOpenAIServer):
    """The same on Vertex AI: in a project and a place, asked with a token that Google's accounts give out."""

    base = "/v1/projects/a-project/locations/europe-west1/endpoints/openapi"
    model = "google/scripted"
    key = "ya29.scripted"

    def routes(self) -> list[Route]:
        return [*(one for one in super().routes() if not one.path.endswith("/models")), token_route(self.key)]

    def denied(self) -> Fault:
        return Fault(401, "Request had invalid authentication credentials. Expected OAuth 2 access token.")
