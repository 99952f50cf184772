"""llama.cpp's server: how long everything took, and errors of its own kinds."""

from collections.abc import Iterator

from starlette.responses import Response

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, Reply, json_response

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    500: "server_error",
    503: "unavailable_error",
}


class LlamaCppServer(OpenAIServer):
    fields = None

    def overflow(self) -> Fault:
        detail = "the request exceeds the available context size, try increasing it"
        return Fault(400, detail, "exceed_context_size_error")

    def loading(self) -> Fault:
        return Fault(503, "Loading model")

    def error(self, fault: Fault) -> Response:
        return json_response({"error": self.error_object(fault)}, fault.status, fault.headers)

    def error_object(self, fault: Fault) -> Json:
        kind = fault.code or _KINDS.get(fault.status, "server_error")
        counts = {"n_prompt_tokens": 9000, "n_ctx": 8192} if kind == "exceed_context_size_error" else {}
        return {"code": fault.status, "message": fault.detail, "type": kind} | counts

    def headers(self) -> dict[str, str]:
        return {"server": "llama.cpp"}

    def usage(self, counted: Counted) -> Json:
        plain = {"completion_tokens": counted.answer, "prompt_tokens": counted.prompt}
        details = {"prompt_tokens_details": {"cached_tokens": counted.cached}}
        return plain | {"total_tokens": counted.prompt + counted.answer} | details

    def completion(self, reply: Reply, body: Json) -> Json:
        return super().completion(reply, body) | {"timings": _timings(reply.counted)}

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        *others, last = super().chunks(reply, body)
        yield from others
        yield last | {"timings": _timings(reply.counted)}


def _timings(counted: Counted) -> Json:
    read = counted.prompt - counted.cached
    return {
        "cache_n": counted.cached,
        "prompt_n": read,
        "prompt_ms": 30.5,
        "prompt_per_token_ms": 2.8,
        "prompt_per_second": 360.6,
        "predicted_n": counted.answer,
        "predicted_ms": 41.2,
        "predicted_per_token_ms": 10.3,
        "predicted_per_second": 97.1,
    }
