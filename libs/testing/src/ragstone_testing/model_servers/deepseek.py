"""DeepSeek: reasoning beside the text, tokens its disk cache had under names of their own, and signs of life."""

from collections.abc import Iterable, Iterator

from starlette.requests import Request
from starlette.responses import Response

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, Reply


class DeepSeekServer(OpenAIServer):
    base = "/v1"
    fields = None

    def overflow(self) -> Fault:
        detail = "This model's maximum context length is 65536 tokens. However, you requested 70000 tokens."
        return Fault(400, detail, "invalid_request_error")

    def out_of_money(self) -> Fault:
        return Fault(402, "Insufficient Balance", "invalid_request_error")

    def usage(self, counted: Counted) -> Json:
        return {
            "prompt_tokens": counted.prompt,
            "completion_tokens": counted.answer,
            "total_tokens": counted.prompt + counted.answer,
            "prompt_cache_hit_tokens": counted.cached,
            "prompt_cache_miss_tokens": counted.prompt - counted.cached,
            "completion_tokens_details": {"reasoning_tokens": counted.reasoning},
        }

    def completion(self, reply: Reply, body: Json) -> Json:
        answer = super().completion(reply, body)
        if reply.reasoning:
            answer["choices"][0]["message"]["reasoning_content"] = reply.reasoning
        return answer

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        opening, *others = super().chunks(reply, body)
        yield opening
        if reply.reasoning:
            delta = {"content": None, "reasoning_content": reply.reasoning}
            yield opening | {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}]}
        yield from others

    def events(self, chunks: Iterable[Json]) -> Iterator[bytes]:
        yield b": keep-alive\n\n"
        yield from super().events(chunks)

    async def _chat(self, request: Request) -> Response:
        """A whole answer comes after empty lines, which keep the connection open while the request waits."""
        response = await super()._chat(request)
        if response.status_code < 400 and response.headers["content-type"] == "application/json":
            return Response(b"\n\n" + bytes(response.body), media_type="application/json")
        return response
