"""Fireworks: usage with the last piece of a stream, errors that name their object."""

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault


class FireworksServer(OpenAIServer):
    base = "/inference/v1"
    model = "accounts/fireworks/models/scripted"
    fields = None
    usage_in_last_choice = True

    def overflow(self) -> Fault:
        return Fault(400, "The prompt is too long: 9000, model maximum context length: 8191", "invalid_request_error")

    def error_object(self, fault: Fault) -> Json:
        kind = fault.code or ("invalid_request_error" if fault.status < 500 else "server_error")
        return {"object": "error", "type": kind, "code": kind, "message": fault.detail}

    def headers(self) -> dict[str, str]:
        return {"fireworks-server-time-to-first-token": "0.040", "fireworks-cached-prompt-tokens": "5"}

    def usage(self, counted: Counted) -> Json:
        plain = {"prompt_tokens": counted.prompt, "completion_tokens": counted.answer}
        details = {"prompt_tokens_details": {"cached_tokens": counted.cached}}
        return plain | {"total_tokens": counted.prompt + counted.answer} | details
