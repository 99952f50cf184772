"""Bedrock's Converse and ConverseStream, as its service model describes them; streams in AWS's binary framing."""

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ragstone_testing.model_servers.event_stream import event, exception
from ragstone_testing.model_servers.wire import (
    Fault,
    Finish,
    Reply,
    WireServer,
    faulty,
    fragments,
    json_response,
)

Json = dict[str, Any]
_STOPPED: Mapping[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tools": "tool_use",
    "filtered": "content_filtered",
}
_KINDS = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
_FIELDS = {
    *("messages", "system", "inferenceConfig", "toolConfig", "guardrailConfig", "additionalModelRequestFields"),
    *("promptVariables", "additionalModelResponseFieldPaths", "requestMetadata", "performanceConfig", "serviceTier"),
    "outputConfig",
}


class BedrockConverseServer(WireServer):
    """Looks at a request's signature as far as it names the access key, the region and the service."""

    model = "anthropic.scripted-v1:0"
    access_key = "AKIASCRIPTED"
    region = "eu-west-1"

    def routes(self) -> list[Route]:
        return [
            Route("/model/{model}/converse", self._converse, methods=["POST"]),
            Route("/model/{model}/converse-stream", self._converse, methods=["POST"]),
        ]

    def overflow(self) -> Fault:
        return Fault(400, "Input is too long for requested model.")

    def error(self, fault: Fault) -> Response:
        kind = {"x-amzn-errortype": fault.code or _KINDS.get(fault.status, "InternalServerException")}
        return json_response({"message": fault.detail}, fault.status, kind | fault.headers)

    async def _converse(self, request: Request) -> Response:
        body = (await self.record(request)).body
        if refused := self._refused(request, body):
            return self.error(refused)
        reply = self.next_reply()
        if isinstance(reply, Fault):
            return self.error(reply)
        if request.url.path.endswith("-stream"):
            broken = exception("modelStreamErrorException", {"message": "the model failed", "originalStatusCode": 500})
            return StreamingResponse(_slowly(faulty(_events(reply), reply, broken)), media_type=_STREAM)
        return json_response(_answer(reply))

    def _refused(self, request: Request, body: Json) -> Fault | None:
        signed = request.headers.get("authorization", "")
        if not signed.startswith(f"AWS4-HMAC-SHA256 Credential={self.access_key}/"):
            return Fault(403, "The security token included in the request is invalid.", _KINDS[401])
        if f"/{self.region}/bedrock/aws4_request" not in signed:
            return Fault(403, "Credential should be scoped to a valid region.", "InvalidSignatureException")
        if request.path_params["model"] != self.model:
            return Fault(404, "The requested model could not be found.")
        wrong = next(_wrong(body), None)
        return Fault(400, wrong) if wrong else None


_STREAM = "application/vnd.amazon.eventstream"


async def _slowly(events: Iterator[bytes]) -> Any:
    for one in events:
        yield one


def _wrong(body: Json) -> Iterator[str]:
    """What the vendor would refuse."""
    if unknown := sorted(set(body) - _FIELDS):
        yield f"Malformed input request: extraneous key [{unknown[0]}] is not permitted"
    messages = body.get("messages") or []
    if not messages or messages[0]["role"] != "user":
        yield "A conversation must start with a user message."
    for one, following in zip(messages, [*messages[1:], {"content": []}], strict=True):
        if not one.get("content"):
            yield "The content field in the Message object is empty."
        used = {block["toolUse"]["toolUseId"] for block in one["content"] if "toolUse" in block}
        answered = {block["toolResult"]["toolUseId"] for block in following["content"] if "toolResult" in block}
        if used != answered:
            yield "Expected toolResult blocks for each toolUse of the previous turn."
    for tool in (body.get("toolConfig") or {}).get("tools", []):
        if "toolSpec" in tool and "json" not in tool["toolSpec"].get("inputSchema", {}):
            yield "The value at toolConfig.tools.toolSpec.inputSchema is invalid."


def _usage(reply: Reply) -> Json:
    """What was read from the cache is counted beside the input, not in it."""
    counted = reply.counted
    plain = {"inputTokens": counted.prompt - counted.cached, "outputTokens": counted.answer}
    total = {"totalTokens": counted.prompt + counted.answer}
    return plain | total | {"cacheReadInputTokens": counted.cached, "cacheWriteInputTokens": 0}


def _answer(reply: Reply) -> Json:
    content: list[Json] = [{"text": reply.text}] if reply.text else []
    for call in reply.calls:
        content.append({"toolUse": {"toolUseId": call.id, "name": call.name, "input": call.arguments}})
    message = {"role": "assistant", "content": content}
    head = {"stopReason": _STOPPED[reply.finish], "usage": _usage(reply), "metrics": {"latencyMs": 21}}
    return {"output": {"message": message}, **head}


def _events(reply: Reply) -> Iterator[bytes]:
    yield event("messageStart", {"role": "assistant"})
    if reply.text:
        for piece in reply.pieces:
            yield event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}})
        yield event("contentBlockStop", {"contentBlockIndex": 0})
    for index, call in enumerate(reply.calls, start=int(bool(reply.text))):
        start = {"toolUse": {"toolUseId": call.id, "name": call.name}}
        yield event("contentBlockStart", {"contentBlockIndex": index, "start": start})
        for part in fragments(call):
            yield event("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": part}}})
        yield event("contentBlockStop", {"contentBlockIndex": index})
    yield event("messageStop", {"stopReason": _STOPPED[reply.finish]})
    yield event("metadata", {"usage": _usage(reply), "metrics": {"latencyMs": 21}})
