"""Text from llama.cpp: its own server where one is on PATH, else the one of its Python binding."""

import asyncio
import importlib.util
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from ragstone_contracts.errors import UpstreamError
from ragstone_inference.model_process import ModelProcess
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import AiohttpTransport

_CONTEXT = 2048


def llama_command(model: Path, threads: int) -> Callable[[int], Sequence[str]] | None:
    """How to start llama.cpp with the model on a port; None when it is not installed."""
    if (server := shutil.which("llama-server")) is not None:
        options = [server, "--model", str(model), "--threads", str(threads), "--ctx-size", str(_CONTEXT)]
    elif importlib.util.find_spec("llama_cpp") is not None:
        module = [sys.executable, "-m", "llama_cpp.server", "--model", str(model)]
        options = [*module, "--n_threads", str(threads), "--n_ctx", str(_CONTEXT)]
    else:
        return None
    return lambda port: [*options, "--host", "127.0.0.1", "--port", str(port)]


class LlamaGenerator:
    """Owns the server process. One request at a time, as the binding's server wants it."""

    def __init__(self, process: ModelProcess, *, timeout: float = 10.0) -> None:
        self._process = process
        self._client = ServiceClient(AiohttpTransport(f"http://127.0.0.1:{process.port}"), timeout=timeout)
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        self._process.start()

    async def generate(self, instruction: str, text: str, *, most_tokens: int) -> str:
        """The model's answer, the same each time. Raises a RagstoneError when the server does not give one."""
        messages = [{"role": "system", "content": instruction}, {"role": "user", "content": text}]
        body = {"model": "local", "messages": messages, "temperature": 0.0, "max_tokens": most_tokens}
        async with (
            self._turn,
            self._client.open(None, "POST", "/v1/chat/completions", orjson.dumps(body)) as response,
        ):
            answer = orjson.loads(await response.read())
        try:
            return str(answer["choices"][0]["message"]["content"]).strip()
        except (KeyError, IndexError, TypeError) as error:
            raise UpstreamError("llama.cpp gave no completion") from error

    async def close(self) -> None:
        await self._client.close()
        await self._process.stop()
