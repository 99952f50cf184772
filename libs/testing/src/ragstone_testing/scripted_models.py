"""A model server that says what a test scripts, on the real OpenAI wire.

It is an ASGI application: reach it inside the process (``AsgiTransport(server)``, ``httpx.ASGITransport``) or on a
loopback port (``with server.listening() as base_url``).
"""

import asyncio
import base64
import re
import socket
import threading
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import uvicorn
from numpy.typing import NDArray
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ragstone_contracts.models import EMBEDDER


@dataclass(frozen=True)
class Script:
    """One answer. ``tokens`` are the pieces of the text.

    ``status`` of 400 or above answers with an OpenAI error. ``break_after`` closes the connection after so many tokens,
    ``error_after`` sends an error event instead of the next one, ``end_after`` ends the stream without ``[DONE]``.
    ``delay`` (seconds) holds the head of the answer back, ``token_delay`` each token.
    """

    tokens: Sequence[str] = ("Hello", " from", " the", " script", ".")
    status: int = 200
    break_after: int | None = None
    error_after: int | None = None
    end_after: int | None = None
    delay: float = 0.0
    token_delay: float = 0.0
    retry_after: int | None = None


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class ConnectionBroken(Exception):
    """Raised inside the server to make it drop a connection."""


class ScriptedModelServer:
    """Answers each chat with the next script, or ``usual`` when none is left; embeds and reranks by hashing words."""

    def __init__(self, *, model: str = "scripted-writer", dimensions: int = 384, usual: Script | None = None) -> None:
        self.model = model
        self.dimensions = dimensions
        self.dimensions_of: dict[str, int] = {}
        """Those of embedders that have others, by name."""
        self.away: set[str] = set()
        """Embedders that answer 503."""
        self.usual = usual or Script()
        self.scripts: deque[Script] = deque()
        self.received: list[Received] = []
        self.abandoned = threading.Event()
        """Set when a client left before its answer had ended."""
        routes = [
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/embeddings", self._embeddings, methods=["POST"]),
            Route("/v1/rerank", self._rerank, methods=["POST"]),
            Route("/v1/models", self._models),
        ]
        self._app = Starlette(routes=routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Serve on a loopback port; gives the base URL, which ends in ``/v1``."""
        with listening(self) as url:
            yield f"{url}/v1"

    async def _models(self, _: Request) -> Response:
        cards = [{"id": name, "object": "model", "created": 0, "owned_by": "test"} for name in (self.model, EMBEDDER)]
        return JSONResponse({"object": "list", "data": cards})

    async def _embeddings(self, request: Request) -> Response:
        body = await self._receive(request)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if body["model"] in self.away:
            return _error_response(Script(status=503))
        vectors = hashed_vectors(texts, self.dimensions_of.get(body["model"], self.dimensions))
        as_base64 = body.get("encoding_format") == "base64"
        data = [
            {"object": "embedding", "index": index, "embedding": _base64(row) if as_base64 else row.tolist()}
            for index, row in enumerate(vectors)
        ]
        tokens = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return JSONResponse({"object": "list", "data": data, "model": body["model"], "usage": usage})

    async def _rerank(self, request: Request) -> Response:
        body = await self._receive(request)
        query, *documents = hashed_vectors([body["query"], *body["documents"]], self.dimensions)
        scores = [float(query @ document) for document in documents]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])[: body.get("top_n")]
        results = [{"index": index, "relevance_score": scores[index]} for index in order]
        return JSONResponse({"model": body["model"], "results": results})

    async def _chat(self, request: Request) -> Response:
        body = await self._receive(request)
        script = self.scripts.popleft() if self.scripts else self.usual
        await self._wait(script.delay)
        if script.status >= 400:
            return _error_response(script)
        if not body.get("stream"):
            return JSONResponse(self._completion(script, body))
        return StreamingResponse(self._stream(script, body), media_type="text/event-stream")

    async def _receive(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = await request.json()
        self.received.append(Received(request.url.path, dict(request.headers), body))
        return body

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.abandoned.set()
            raise

    def _completion(self, script: Script, body: dict[str, Any]) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(script.tokens)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return self._body("chat.completion", [choice]) | {"usage": _usage(script, body)}

    async def _stream(self, script: Script, body: dict[str, Any]) -> AsyncIterator[bytes]:
        yield self._chunk({"role": "assistant", "content": ""})
        for count, token in enumerate(script.tokens):
            if count in (script.break_after, script.error_after, script.end_after):
                break
            await self._wait(script.token_delay)
            yield self._chunk({"content": token})
        if script.break_after is not None:
            raise ConnectionBroken
        if script.error_after is not None:
            yield _event({"error": {"message": "scripted failure", "type": "server_error", "code": "scripted"}})
        if script.error_after is None and script.end_after is None:
            for event in self._last_events(script, body):
                yield event

    def _last_events(self, script: Script, body: dict[str, Any]) -> Iterator[bytes]:
        yield self._chunk({}, finish_reason="stop")
        if (body.get("stream_options") or {}).get("include_usage"):
            yield _event(self._body("chat.completion.chunk", []) | {"usage": _usage(script, body)})
        yield b"data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return _event(self._body("chat.completion.chunk", [choice]))

    def _body(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": "chatcmpl-scripted", "object": kind, "created": 0, "model": self.model, "choices": choices}


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Serve an ASGI application on a free loopback port, from a thread; gives its base URL."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def hashed_vectors(texts: Sequence[str], dimensions: int) -> NDArray[np.float32]:
    """Unit vectors, shape ``(texts, dimensions)``: texts that share words are near each other, in every process."""
    vectors = np.zeros((len(texts), dimensions), dtype=np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()) or [""]:
            vectors[row, zlib.crc32(word.encode()) % dimensions] += 1
    scaled: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def _base64(row: NDArray[np.float32]) -> str:
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def _event(body: dict[str, Any]) -> bytes:
    return b"data: " + orjson.dumps(body) + b"\n\n"


def _error_response(script: Script) -> Response:
    headers = {} if script.retry_after is None else {"retry-after": str(script.retry_after)}
    error = {"message": f"scripted {script.status}", "type": "scripted", "code": f"scripted_{script.status}"}
    return JSONResponse({"error": error}, script.status, headers)


def _usage(script: Script, body: dict[str, Any]) -> dict[str, int]:
    asked = sum(len(str(message.get("content", "")).split()) for message in body["messages"])
    answered = len(script.tokens)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}
