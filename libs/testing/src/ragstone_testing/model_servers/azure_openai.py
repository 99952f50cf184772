"""Azure OpenAI: a key in a header of its own, deployments in the path or the body, a content filter's verdicts."""

from collections.abc import Iterator

from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Fault, Received, Reply, json_response

_SAFE = {name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")}


class AzureOpenAIServer(OpenAIServer):
    """With an ``api_version`` in the query the model is the deployment in the path, without one that in the body."""

    base = ""

    def routes(self) -> list[Route]:
        deployment = "/openai/deployments/{deployment}"
        return [
            Route(f"{deployment}/chat/completions", self._chat, methods=["POST"]),
            Route(f"{deployment}/embeddings", self._embeddings, methods=["POST"]),
            Route("/openai/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/openai/v1/embeddings", self._embeddings, methods=["POST"]),
            Route("/openai/v1/models", self._models),
        ]

    def is_known(self, received: Received) -> bool:
        return received.headers.get("api-key") == self.key

    def denied(self) -> Fault:
        return Fault(401, "Access denied due to invalid subscription key or wrong API endpoint.", "401")

    def filtered(self) -> Fault:
        """A prompt the content filter turned away."""
        detail = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
        return Fault(400, detail, "content_filter")

    def error(self, fault: Fault) -> Response:
        body: Json = {"code": fault.code or str(fault.status), "message": fault.detail}
        if fault.code == "content_filter":
            verdict = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": _SAFE}
            body |= {"param": "prompt", "type": None, "status": fault.status, "innererror": verdict}
        return json_response({"error": body}, fault.status, self.headers() | fault.headers)

    def headers(self) -> dict[str, str]:
        return {"apim-request-id": "scripted", "x-ms-region": "West Europe", "x-ratelimit-remaining-tokens": "9000"}

    def asked(self, received: Received) -> Json:
        named = received.path.split("/")[3] if received.path.startswith("/openai/deployments/") else None
        return {**received.body, **({"model": named} if named else {})}

    def wrong(self, received: Received) -> Fault | None:
        if received.path.startswith("/openai/deployments/") and not received.query.get("api-version"):
            return Fault(404, "Resource not found", "404")
        fault = super().wrong(received)
        if fault is not None and fault.status == 404:
            return Fault(404, "The API deployment for this resource does not exist.", "DeploymentNotFound")
        return fault

    def completion(self, reply: Reply, body: Json) -> Json:
        answer = super().completion(reply, body)
        answer["choices"][0]["content_filter_results"] = _SAFE
        return answer | {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _SAFE}]}

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        """The first chunk has no choices, no name and no time: only what the filter found in the prompt."""
        nothing = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
        yield nothing | {"prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _SAFE}]}
        for chunk in super().chunks(reply, body):
            for choice in chunk["choices"]:
                choice["content_filter_results"] = _SAFE if choice["delta"].get("content") else {}
            yield chunk
