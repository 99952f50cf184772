"""Bedrock's OpenAI-compatible endpoint: asked with a Bedrock API key, in a region."""

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault

_CODES = {400: "validation_error", 401: "invalid_api_key", 403: "access_denied", 429: "rate_limit_exceeded"}


class BedrockOpenAIServer(OpenAIServer):
    base = "/openai/v1"
    model = "openai.gpt-oss-120b-1:0"
    fields = None

    def overflow(self) -> Fault:
        return Fault(400, "Input is too long for requested model.")

    def denied(self) -> Fault:
        return Fault(403, "Authentication failed: Please make sure your API Key is valid.")

    def error_object(self, fault: Fault) -> Json:
        kind = "server_error" if fault.status >= 500 else "invalid_request_error"
        code = fault.code or _CODES.get(fault.status, "internal_error")
        return {"code": code, "message": fault.detail, "param": None, "type": kind}

    def headers(self) -> dict[str, str]:
        return {"x-amzn-requestid": "scripted"}

    def usage(self, counted: Counted) -> Json:
        plain = {"prompt_tokens": counted.prompt, "completion_tokens": counted.answer}
        return plain | {"total_tokens": counted.prompt + counted.answer}
