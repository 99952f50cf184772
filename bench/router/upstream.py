"""The model's server behind all contestants: the OpenAI wire, said by heart, at next to no cost of its own.

``python -m bench.router.upstream PORT``. A streamed answer has ``max_tokens`` pieces, one every ``seed`` milliseconds.
"""

import asyncio
import sys
from typing import Any, cast

import httptools
import orjson
import uvloop

MODEL = "scripted"
_USAGE = {"prompt_tokens": 30, "completion_tokens": 30, "total_tokens": 60}
_TEXT = "Nothing in the sources says so, and nobody has claimed it since."


def _completion(choices: list[dict[str, Any]], kind: str, **more: Any) -> bytes:
    return orjson.dumps({"id": "chatcmpl-1", "object": kind, "created": 1, "model": MODEL, "choices": choices, **more})


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    choices: list[dict[str, Any]] = [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    return b"data: " + _completion(choices, "chat.completion.chunk", system_fingerprint="fp") + b"\n\n"


def _chunked(*events: bytes) -> bytes:
    body = b"".join(events)
    return b"%x\r\n%s\r\n" % (len(body), body)


def _answer(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    return head + body


_WHOLE = _answer(
    _completion(
        [{"index": 0, "message": {"role": "assistant", "content": _TEXT}, "finish_reason": "stop"}],
        "chat.completion",
        usage=_USAGE,
    )
)
_MODELS = _answer(orjson.dumps({"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "bench"}]}))
_READY = _answer(b'{"status":"ok"}')
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_FIRST = _HEAD + _chunked(_event({"role": "assistant", "content": "Well"}))
_PIECE = _chunked(_event({"content": " said"}))
_USED = _event({}, "stop")[:-3] + b',"usage":' + orjson.dumps(_USAGE) + b"}\n\n"
_LAST = _chunked(_USED, b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""
        self._path = b""
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no class of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path, self._body = url, b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if not self._body:
            self._transport.write(_MODELS if self._path.endswith(b"/models") else _READY)
            return
        asked = orjson.loads(self._body)
        if not asked.get("stream"):
            self._transport.write(_WHOLE)
            return
        self._transport.write(_FIRST)
        self._pause(asked["max_tokens"] - 1, asked["seed"] / 1000)

    def _pause(self, left: int, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._say, left, seconds)

    def _say(self, left: int, seconds: float) -> None:
        if left == 0:
            self._transport.write(_LAST)
            return
        self._transport.write(_PIECE)
        self._pause(left - 1, seconds)


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
