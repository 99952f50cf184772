"""Together: usage with the last piece of a stream, fields of its own in each, and ``eos`` where others say ``stop``."""

from collections.abc import Iterator

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.wire import Counted, Fault, Reply


class TogetherServer(OpenAIServer):
    fields = None
    usage_in_last_choice = True

    def overflow(self) -> Fault:
        detail = (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens"
        )
        return Fault(422, detail, "invalid_request_error")

    def usage(self, counted: Counted) -> Json:
        plain = {"prompt_tokens": counted.prompt, "completion_tokens": counted.answer, "cached_tokens": counted.cached}
        return plain | {"total_tokens": counted.prompt + counted.answer}

    def completion(self, reply: Reply, body: Json) -> Json:
        answer = super().completion(reply, body) | {"prompt": []}
        answer["choices"][0] |= {"seed": 42} | _ended(answer["choices"][0])
        return answer

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        for chunk in super().chunks(reply, body):
            choice = chunk["choices"][0]
            choice["delta"] = {"role": "assistant", "token_id": 17, "content": "", **choice["delta"]}
            choice |= {"text": choice["delta"]["content"], "seed": 42} | _ended(choice)
            yield chunk


def _ended(choice: Json) -> Json:
    return {"finish_reason": "eos"} if choice["finish_reason"] == "stop" else {}
