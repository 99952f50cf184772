"""Server-sent events, both ends (WHATWG HTML, section 9.2)."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

MEDIA_TYPE = "text/event-stream"
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@dataclass(frozen=True)
class ServerSentEvent:
    data: str
    event: str = "message"
    id: str = ""


def encode(event: ServerSentEvent) -> bytes:
    lines = [f"id: {event.id}"] if event.id else []
    if event.event != "message":
        lines.append(f"event: {event.event}")
    lines += [f"data: {line}" for line in event.data.split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


async def decode(chunks: AsyncIterable[bytes]) -> AsyncIterator[ServerSentEvent]:
    """The events of a body that arrives in pieces of any size. An event the stream breaks off in is dropped."""
    pending = b""
    fields: dict[str, str] = {}
    data: list[str] = []
    async for chunk in chunks:
        *lines, pending = (pending + chunk).split(b"\n")
        for raw in lines:
            line = raw.rstrip(b"\r").decode()
            if not line:
                if data:
                    yield ServerSentEvent("\n".join(data), fields.get("event", "message"), fields.get("id", ""))
                fields, data = {}, []
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            elif name:
                fields[name] = value
