"""A streamed answer on its way through: read only as far as needed, forwarded in whole events.

Until its first word an answer may still come from another model; from then on a failure is told as an error event.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from ragstone_contracts.errors import RagstoneError, UpstreamError
from ragstone_router.errors import DeploymentFailed, openai_error

_DONE = b"[DONE]"
_WORDS = ("content", "tool_calls", "function_call", "refusal", "reasoning", "reasoning_content")


@dataclass
class OpenedStream:
    """``head`` is everything up to the event with the first word, ``rest`` what follows; both in whole events."""

    head: bytes
    rest: AsyncIterator[bytes]


async def open_stream(events: AsyncIterator[bytes]) -> OpenedStream:
    """Read up to the first word. Raises DeploymentFailed when the stream fails or ends before it."""
    head = b""
    try:
        async for run in events:
            head += run
            if _speaks(run):
                return OpenedStream(head, events)
    except RagstoneError as error:
        raise DeploymentFailed("broke_off", error) from error
    raise DeploymentFailed("broke_off", UpstreamError("the model's stream ended before its first word"))


async def whole_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes, cut after events only, so that a broken stream never leaves half an event behind."""
    pending = b""
    async for chunk in chunks:
        pending += chunk
        if cut := _end_of_events(pending):
            yield pending[:cut]
            pending = pending[cut:]


def _end_of_events(text: bytes) -> int:
    """Where the last whole event ends; 0 without one."""
    ends = [found + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (found := text.rfind(mark)) >= 0]
    return max(ends, default=0)


class Meter(Protocol):
    """Is told what a stream used as it goes by."""

    def heard(self, pieces: int) -> None:
        """So many more events were forwarded."""
        ...

    def counted(self, usage: Mapping[str, Any]) -> float | None:
        """What the server says it took; gives the cost in USD, None when that is not known."""
        ...


async def relay(opened: OpenedStream, meter: Meter) -> AsyncIterator[bytes]:
    """The stream to forward. It ends in ``[DONE]`` or in an error event, whatever the model's server does.

    The chunk that counts the tokens gets ``ragstone: {cost_usd}``, where the cost is known.
    """
    ended = False
    try:
        async for run in _joined(opened):
            meter.heard(run.count(b"data:"))
            ended = ended or _DONE in run or (b'"error"' in run and _reports_error(run))
            yield _metered(run, meter) if _counts_tokens(run) else run
    except RagstoneError as error:
        yield error_event(error)
        return
    if not ended:
        yield error_event(UpstreamError("the model's stream ended before its last event"))


def _counts_tokens(run: bytes) -> bool:
    """Whether it may: some servers have a usage of null in every chunk but the last."""
    return run.count(b'"usage"') > run.count(b'"usage":null') + run.count(b'"usage": null')


def error_event(error: RagstoneError) -> bytes:
    return b"data: " + orjson.dumps({"error": openai_error(error)}) + b"\n\n"


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
        if error := payload.get("error"):
            raise DeploymentFailed("error_event", UpstreamError(str(error)))
        for choice in payload.get("choices") or []:
            delta = choice.get("delta") or {}
            if choice.get("finish_reason") or any(delta.get(name) for name in _WORDS):
                return True
    return False


def _reports_error(run: bytes) -> bool:
    return any("error" in payload for payload in _payloads(run))


def _metered(run: bytes, meter: Meter) -> bytes:
    return b"\n".join(_metered_line(line, meter) for line in run.split(b"\n"))


def _metered_line(line: bytes, meter: Meter) -> bytes:
    body = _object(line[5:]) if line.startswith(b"data: {") else {}
    if not isinstance(usage := body.get("usage"), dict) or (cost := meter.counted(usage)) is None:
        return line
    return b"data: " + orjson.dumps(body | {"ragstone": {"cost_usd": cost}})
