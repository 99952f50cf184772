"""A streamed answer on its way through: read only as far as needed, forwarded in whole events.

Until its first word an answer may still come from another model; from then on a failure is told as an error event.
"""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from ragstone_contracts.errors import DeadlineExceeded, RagstoneError, UpstreamError
from ragstone_router.errors import DeploymentFailed, openai_error

_DONE = b"[DONE]"
_LONGEST_EVENT = 32 * 1024 * 1024
_EVENT = re.compile(rb".+?(?:\r?\n){2}", re.DOTALL)
_WORDS = ("content", "tool_calls", "function_call", "refusal", "reasoning", "reasoning_content")


@dataclass
class OpenedStream:
    """``head`` is everything up to the event with the first word, ``rest`` what follows; both in whole events."""

    head: bytes
    rest: AsyncIterator[bytes]
    failure: RagstoneError | None = None


async def open_stream(events: AsyncIterator[bytes]) -> OpenedStream:
    """Read up to the first word. Raises DeploymentFailed when the stream fails or ends before it."""
    head = b""
    try:
        async for run in events:
            head += run
            if _speaks(run):
                return OpenedStream(head, events)
    except RagstoneError as error:
        reason = "timeout" if isinstance(error, DeadlineExceeded) else "broke_off"
        raise DeploymentFailed(reason, error) from error
    raise DeploymentFailed("broke_off", UpstreamError("the model's stream ended before its first word"))


async def whole_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, cut after events only, so that a broken stream never leaves half an event behind.

    Raises UpstreamError for one of more than 32 MiB.
    """
    pending = b""
    async for chunk in chunks:
        if not pending and chunk.endswith(b"\n\n"):
            yield chunk  # as nearly all come
            continue
        pending += chunk
        if cut := _end_of_events(pending):
            yield pending[:cut]
            pending = pending[cut:]
        elif len(pending) > _LONGEST_EVENT:
            raise UpstreamError("the model's stream holds an event without an end")


def _end_of_events(text: bytes) -> int:
    """Where the last whole event ends; 0 without one."""
    ends = [found + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (found := text.rfind(mark)) >= 0]
    return max(ends, default=0)


class Meter(Protocol):
    """Is told what a stream used as it goes by.

    With ``hides_usage`` the client gets no chunk that says nothing but that.
    """

    @property
    def hides_usage(self) -> bool: ...

    def heard(self, pieces: int) -> None:
        """So many more events were forwarded."""
        ...

    def counted(self, usage: Mapping[str, Any]) -> float | None:
        """What the server says it took; gives the cost in USD, None when that is not known."""
        ...


async def relay(opened: OpenedStream, meter: Meter) -> AsyncIterator[bytes]:
    """The stream to forward. It ends in ``[DONE]`` or in an error event, whatever the model's server does.

    The chunk that counts the tokens gets ``ragstone: {cost_usd}``, where the cost is known. ``opened.failure`` says
    afterwards why the answer is not whole.
    """
    try:
        ended = False
        async for run in _joined(opened):
            meter.heard(run.count(b"data:"))
            ended = ended or (_DONE in run and _is_done(run))
            whole, failure = _until_error(run) if b'"error"' in run else (run, None)
            yield _metered(whole, meter) if _counts_tokens(whole) else whole
            if failure is not None:
                raise failure
        if not ended:
            raise UpstreamError("the model's stream ended before its last event")
    except RagstoneError as error:
        opened.failure = error
        yield partial_event(error)


def _counts_tokens(run: bytes) -> bool:
    """Whether it may: some servers have a usage of null in every chunk but the last."""
    return run.count(b'"usage"') > run.count(b'"usage":null') + run.count(b'"usage": null')


def partial_event(error: RagstoneError) -> bytes:
    """The last event of an answer that is not whole: what was sent before is a part of it, and all there will be."""
    return b"data: " + orjson.dumps({"error": {**openai_error(error), "partial": True}}) + b"\n\n"


async def _joined(opened: OpenedStream) -> AsyncIterator[bytes]:
    yield opened.head
    async for run in opened.rest:
        yield run


def _payloads(run: bytes) -> list[dict[str, Any]]:
    """The JSON objects of the events in a run."""
    found = []
    for line in run.splitlines():
        if line.startswith(b"data:") and line[5:].strip() != _DONE:
            found.append(_object(line[5:]))
    return found


def _object(data: bytes) -> dict[str, Any]:
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise UpstreamError("the model's stream holds an event that is not JSON") from error
    return parsed if isinstance(parsed, dict) else {}


def _speaks(run: bytes) -> bool:
    """Whether a run holds a word, or the end of an answer without any. Raises DeploymentFailed on an error event."""
    for payload in _payloads(run):
        if (error := reported_error(payload)) is not None:
            raise DeploymentFailed("error_event", error)
        if any(_is_word(choice) for choice in payload.get("choices") or ()):
            return True
    return False


def _is_word(choice: Any) -> bool:
    if not isinstance(choice, dict):
        raise UpstreamError("the model's stream holds an event that is no part of an answer")
    delta = choice.get("delta")
    return bool(choice.get("finish_reason") or (isinstance(delta, dict) and any(delta.get(name) for name in _WORDS)))


def reported_error(body: Mapping[str, Any]) -> UpstreamError | None:
    """What a server says went wrong, in the place of an answer or of a part of one."""
    if not (error := body.get("error")):
        return None
    return UpstreamError(str(error.get("message") or error) if isinstance(error, dict) else str(error))


def _until_error(run: bytes) -> tuple[bytes, UpstreamError | None]:
    """The events before one that reports an error, and that error; the whole run when none does."""
    for event in _EVENT.finditer(run):
        for payload in _payloads(event[0]):
            if (error := reported_error(payload)) is not None:
                return run[: event.start()], error
    return run, None


def _is_done(run: bytes) -> bool:
    """Whether it is the last event, and not a word of the answer that looks like it."""
    return any(line.startswith(b"data:") and line[5:].strip() == _DONE for line in run.splitlines())


def _metered(run: bytes, meter: Meter) -> bytes:
    return b"\n".join(_metered_line(line, meter) for line in run.split(b"\n"))


def _metered_line(line: bytes, meter: Meter) -> bytes:
    body = _object(line[5:]) if line.startswith(b"data: {") else {}
    if not isinstance(usage := body.get("usage"), dict):
        return line
    cost = meter.counted(usage)
    if meter.hides_usage and not body.get("choices"):
        return b""
    return line if cost is None else b"data: " + orjson.dumps(body | {"ragstone": {"cost_usd": cost}})
