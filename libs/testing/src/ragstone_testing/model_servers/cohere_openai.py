"""Cohere's compatibility endpoint: OpenAI's answers, Cohere's errors."""

from starlette.responses import Response

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, json_response


class CohereOpenAIServer(OpenAIServer):
    base = "/compatibility/v1"
    fields = None

    def overflow(self) -> Fault:
        return Fault(400, "too many tokens: total number of tokens in the prompt cannot exceed 8192")

    def denied(self) -> Fault:
        return Fault(401, "invalid api token")

    def error(self, fault: Fault) -> Response:
        return json_response({"id": "scripted", "message": fault.detail}, fault.status, fault.headers)

    def headers(self) -> dict[str, str]:
        return {"x-debug-trace-id": "scripted"}

    def usage(self, counted: Counted) -> Json:
        plain = {"prompt_tokens": counted.prompt, "completion_tokens": counted.answer}
        return plain | {"total_tokens": counted.prompt + counted.answer}

    def head(self, kind: str, body: Json) -> Json:
        return {"id": "scripted", "object": kind, "created": 1_790_000_000, "model": body["model"]}
