"""Groq: usage with times in it, and in the last piece of a stream under a name of its own, asked for or not."""

from collections.abc import Iterator
from typing import Any

from ragstone_testing.model_servers.openai import Json, OpenAIServer
from ragstone_testing.model_servers.openai_judgement import CHAT_FIELDS
from ragstone_testing.model_servers.wire import Counted, Fault, Reply


class GroqServer(OpenAIServer):
    base = "/openai/v1"
    fields = CHAT_FIELDS | {"reasoning_format", "include_reasoning", "search_settings", "documents"}
    calls_come_whole = True

    def overflow(self) -> Fault:
        return Fault(400, "Please reduce the length of the messages or completion.", "context_length_exceeded")

    def too_large(self) -> Fault:
        """More tokens at once than the account may use in a minute."""
        return Fault(413, "Request too large for model on tokens per minute (TPM): Limit 6000, Requested 9000")

    def usage(self, counted: Counted) -> Json:
        times = {"queue_time": 0.02, "prompt_time": 0.001, "completion_time": 0.01, "total_time": 0.011}
        details = {"prompt_tokens_details": {"cached_tokens": counted.cached}} if counted.cached else {}
        plain = {"prompt_tokens": counted.prompt, "completion_tokens": counted.answer}
        return times | plain | {"total_tokens": counted.prompt + counted.answer} | details

    def completion(self, reply: Reply, body: Json) -> Json:
        return super().completion(reply, body) | {"x_groq": {"id": "req_scripted"}}

    def chunks(self, reply: Reply, body: Json) -> Iterator[Json]:
        first: dict[str, Any] | None = {"x_groq": {"id": "req_scripted"}}
        for chunk in super().chunks(reply, body):
            mine = first or {}
            if chunk["choices"] and chunk["choices"][0]["finish_reason"]:
                mine = {"x_groq": {"id": "req_scripted", "usage": self.usage(reply.counted)}}
            first = None
            yield chunk | mine
