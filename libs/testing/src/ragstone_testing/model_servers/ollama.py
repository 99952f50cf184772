"""Ollama's OpenAI-compatible endpoint: asks for no key, knows no cached tokens, calls tools in one piece."""

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, Received

_KINDS = {400: "invalid_request_error", 404: "not_found_error"}


class OllamaServer(OpenAIServer):
    fields = None
    calls_come_whole = True

    def is_known(self, received: Received) -> bool:
        return True

    def overflow(self) -> Fault:
        return Fault(400, "the input length exceeds the context length")

    def error_object(self, fault: Fault) -> Json:
        kind = _KINDS.get(fault.status, "api_error")
        return {"message": fault.detail, "type": kind, "param": None, "code": fault.code}

    def headers(self) -> dict[str, str]:
        return {}

    def usage(self, counted: Counted) -> Json:
        plain = {"prompt_tokens": counted.prompt, "completion_tokens": counted.answer}
        return plain | {"total_tokens": counted.prompt + counted.answer}

    def head(self, kind: str, body: Json) -> Json:
        head = {"id": "chatcmpl-7", "object": kind, "created": 1_790_000_000, "model": body["model"]}
        return head | {"system_fingerprint": "fp_ollama"}
