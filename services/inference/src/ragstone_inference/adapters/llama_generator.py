"""Text from llama.cpp: its own server where one is on PATH, else the one of its Python binding."""

import asyncio
import importlib.util
import shutil
import sys
from pathlib import Path

import orjson

from ragstone_contracts.errors import UpstreamError
from ragstone_inference.model_process import ModelProcess
from ragstone_inference.supervision import Served
from ragstone_kit.service_client import ServiceClient
from ragstone_kit.transport import AiohttpTransport

_CONTEXT = 2048


def llama_server(model: Path, threads: int) -> Served | None:
    """How llama.cpp is started with the model; None when it is not installed."""
    if (server := shutil.which("llama-server")) is not None:
        options = [server, "--model", str(model), "--threads", str(threads), "--ctx-size", str(_CONTEXT)]
        health = "/health"
    elif importlib.util.find_spec("llama_cpp") is not None:
        module = [sys.executable, "-m", "llama_cpp.server", "--model", str(model)]
        options = [*module, "--n_threads", str(threads), "--n_ctx", str(_CONTEXT)]
        health = "/v1/models"
    else:
        return None

    def command(port: int) -> list[str]:
        return [*options, "--host", "127.0.0.1", "--port", str(port)]

    return Served("llama.cpp", command, health=health, warm_up=_warm_up)


async def _warm_up(url: str) -> None:
    """The first answer is the slowest: it reads the weights in."""
    transport = AiohttpTransport(url)
    try:
        await _ask(ServiceClient(transport), "Answer.", "Hello", most_tokens=1)
    finally:
        await transport.close()


async def _ask(client: ServiceClient, instruction: str, text: str, *, most_tokens: int) -> str:
    messages = [{"role": "system", "content": instruction}, {"role": "user", "content": text}]
    body = {"model": "local", "messages": messages, "temperature": 0.0, "max_tokens": most_tokens}
    async with client.open(None, "POST", "/v1/chat/completions", orjson.dumps(body)) as response:
        answer = orjson.loads(await response.read())
    try:
        return str(answer["choices"][0]["message"]["content"]).strip()
    except (KeyError, IndexError, TypeError) as error:
        raise UpstreamError("llama.cpp gave no completion") from error


class LlamaGenerator:
    """Owns the server process. One request at a time, as the binding's server wants it."""

    def __init__(self, process: ModelProcess, *, timeout: float = 10.0) -> None:
        self._process = process
        self._transport = AiohttpTransport(process.url)
        self._client = ServiceClient(self._transport, timeout=timeout)
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        self._process.start()

    async def generate(self, instruction: str, text: str, *, most_tokens: int) -> str:
        """The model's answer, the same each time. Raises a RagstoneError when the server does not give one."""
        async with self._turn, self._process.use() as url:
            self._transport.base_url = url
            return await _ask(self._client, instruction, text, most_tokens=most_tokens)

    async def close(self) -> None:
        await self._process.stop()
        await self._client.close()
