"""vLLM's OpenAI-compatible server: fields of its own, cached tokens only where it is told to count them."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, Reply, json_response
from ragstone_testing.scripted_models import hashed_vectors

_KINDS = {401: "AuthenticationError", 404: "NotFoundError", 429: "TooManyRequests", 500: "InternalServerError"}


class VllmServer(OpenAIServer):
    """As with ``--enable-prompt-tokens-details``."""

    fields = None

    def routes(self) -> list[Route]:
        return [*super().routes(), Route(f"{self.base}/rerank", self._rerank, methods=["POST"])]

    async def _rerank(self, request: Request) -> Response:
        received = await self.record(request)
        if not self.is_known(received):
            return self.error(self.denied())
        body = received.body
        query, *documents = hashed_vectors([body["query"], *body["documents"]], 64)
        scored: list[Json] = [
            {"index": index, "document": {"text": body["documents"][index]}, "relevance_score": float(query @ vector)}
            for index, vector in enumerate(documents)
        ]
        scored.sort(key=lambda one: -one["relevance_score"])
        count = sum(len(text.split()) for text in (body["query"], *body["documents"]))
        head = {"id": "score-scripted", "model": body["model"], "usage": {"total_tokens": count}}
        return json_response(head | {"results": scored[: body.get("top_n")]}, headers=self.headers())

    def overflow(self) -> Fault:
        detail = "This model's maximum context length is 8192 tokens. However, your request has 9000 input tokens."
        return Fault(400, detail)

    def error_object(self, fault: Fault) -> Json:
        kind = fault.code or _KINDS.get(fault.status, "BadRequestError")
        return {"message": fault.detail, "type": kind, "param": None, "code": fault.status}

    def headers(self) -> dict[str, str]:
        return {"x-request-id": "scripted"}

    def usage(self, counted: Counted) -> Json:
        details = {"cached_tokens": counted.cached} if counted.cached else None
        plain = {"prompt_tokens": counted.prompt, "total_tokens": counted.prompt + counted.answer}
        return plain | {"completion_tokens": counted.answer, "prompt_tokens_details": details}

    def completion(self, reply: Reply, body: Json) -> Json:
        answer = super().completion(reply, body) | {"prompt_logprobs": None, "kv_transfer_params": None}
        answer["choices"][0] |= {"stop_reason": None, "token_ids": None}
        answer["choices"][0]["message"]["reasoning_content"] = reply.reasoning or None
        return answer

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        for chunk in super().chunks(reply, body):
            if chunk["choices"] and chunk["choices"][0]["finish_reason"]:
                chunk["choices"][0]["stop_reason"] = None
            yield chunk
