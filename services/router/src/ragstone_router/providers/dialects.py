"""Where a vendor's answers differ from the OpenAI wire they are said in, so that usage and failures read alike.

Most answers hold nothing of the sort and are passed on without being read.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ragstone_contracts.errors import UpstreamError
from ragstone_router.errors import DeploymentFailed, ModelRefused
from ragstone_router.providers.failures import failure_reason, message_of

_Json = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """``translate`` gets what holds one of the ``marks``: a whole answer, or one chunk of a streamed one.

    ``check`` gets such a whole answer first, and raises DeploymentFailed or ModelRefused when it is none.
    """

    marks: tuple[bytes, ...]
    translate: Callable[[_Json], _Json]
    check: Callable[[_Json], None] = lambda _: None

    def of_answer(self, body: bytes) -> bytes:
        if not any(mark in body for mark in self.marks):
            return body
        try:
            answer = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise DeploymentFailed("not_json", UpstreamError("the model's answer is not JSON")) from error
        self.check(answer)
        return orjson.dumps(self.translate(answer))

    async def of_events(self, runs: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for run in runs:
            if any(mark in run for mark in self.marks):
                yield b"\n".join(map(self._of_line, run.split(b"\n")))
            else:
                yield run

    def _of_line(self, line: bytes) -> bytes:
        if not line.startswith(b"data: {") or not any(mark in line for mark in self.marks):
            return line
        try:
            return b"data: " + orjson.dumps(self.translate(orjson.loads(line[5:])))
        except orjson.JSONDecodeError:
            return line


def _deepseek(answer: _Json) -> _Json:
    usage = answer.get("usage")
    if not isinstance(usage, dict) or "prompt_cache_hit_tokens" not in usage:
        return answer
    return _cached(answer, usage, usage["prompt_cache_hit_tokens"])


def _groq(answer: _Json) -> _Json:
    """A streamed answer's usage is in what is Groq's own."""
    own = answer.get("x_groq")
    usage = own.get("usage") if isinstance(own, Mapping) else None
    return answer | {"usage": usage} if usage and not answer.get("usage") else answer


def _together(answer: _Json) -> _Json:
    for choice in answer.get("choices") or []:
        if choice.get("finish_reason") == "eos":
            choice["finish_reason"] = "stop"
    usage = answer.get("usage")
    if not isinstance(usage, dict) or "cached_tokens" not in usage:
        return answer
    return _cached(answer, usage, usage["cached_tokens"])


def _google(answer: _Json) -> _Json:
    """What was thought is billed as part of the answer, and counted in the total alone."""
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return answer
    counts = [usage.get(name) for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    asked, answered, total = (count if isinstance(count, int) else 0 for count in counts)
    thought = total - asked - answered
    if thought <= 0 or "completion_tokens" not in usage:
        return answer
    details = {**(usage.get("completion_tokens_details") or {}), "reasoning_tokens": thought}
    return answer | {"usage": usage | {"completion_tokens": total - asked, "completion_tokens_details": details}}


def _has_no_error(answer: _Json) -> None:
    """A model that fails after it was chosen is told with a status of 200."""
    error = answer.get("error")
    if not isinstance(error, Mapping) or answer.get("choices"):
        return
    body = orjson.dumps(answer)
    status = error["code"] if isinstance(error.get("code"), int) else 502
    if reason := failure_reason(status, body):
        raise DeploymentFailed(reason, UpstreamError(message_of(body)))
    raise ModelRefused(status, message_of(body))


def _cached(answer: _Json, usage: _Json, tokens: Any) -> _Json:
    details = {"cached_tokens": tokens, **(usage.get("prompt_tokens_details") or {})}
    return answer | {"usage": usage | {"prompt_tokens_details": details}}


_GOOGLE = Dialect((b'"total_tokens"',), _google)

DIALECTS: Mapping[str, Dialect] = {
    "deepseek": Dialect((b'"prompt_cache_hit_tokens"',), _deepseek),
    "groq": Dialect((b'"x_groq"',), _groq),
    "together": Dialect((b'"cached_tokens"', b'"eos"'), _together),
    "gemini": _GOOGLE,
    "vertex": _GOOGLE,
    "openrouter": Dialect((b'"error"',), lambda answer: answer, _has_no_error),
}
"""By the kind of the provider."""
