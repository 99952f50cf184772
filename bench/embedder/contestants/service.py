"""The inference service on a loopback port, asked by the client that the other services use.

python -m bench.embedder.contestants.service WORKERS
"""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from bench.embedder.contestants.questions import waits, waits_beside
from bench.embedder.contestants.serving import Contestant, serve
from numpy.typing import NDArray
from pydantic import SecretStr

from ragstone_clients.router import RouterClient
from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.identity import Identity
from ragstone_kit.identity import IdentityTokens
from ragstone_kit.transport import AiohttpTransport

_A_CALL, _AT_ONCE = 32, 4
"""As ingestion asks."""


class Client:
    def __init__(self, url: str, secret: str) -> None:
        self._client = RouterClient(AiohttpTransport(url), timeout=120)
        self._tokens = IdentityTokens(SecretStr(secret))

    async def ready(self) -> None:
        async with asyncio.timeout(30):
            while True:
                try:
                    return await self._client.ready()
                except RagstoneError:
                    await asyncio.sleep(0.1)

    async def close(self) -> None:
        await self._client.close()

    async def call(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await self._client.embed(self._tokens.mint(Identity(tenant="bench", user="bench")), texts)

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(part: Sequence[str]) -> NDArray[np.float32]:
            async with places:
                return await self.call(part)

        return np.concatenate(await asyncio.gather(*map(one, _parts(texts))))


def _parts(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + _A_CALL] for start in range(0, len(texts), _A_CALL)]


@contextmanager
def _service(secret: str, workers: str) -> Iterator[tuple[str, int]]:
    """Where it answers, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wanted = {"INTERNAL_SECRET": secret, "PORT": str(port), "WORKERS": workers, "LOG_LEVEL": "WARNING"}
    environment = os.environ | {f"RAGSTONE_INFERENCE__{name}": value for name, value in wanted.items()}
    process = subprocess.Popen([sys.executable, "-m", "ragstone_inference"], env=environment)
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def main(workers: str) -> None:
    secret = secrets.token_urlsafe(32)
    with _service(secret, workers) as (url, process), asyncio.Runner() as runner:
        client = Client(url, secret)
        runner.run(client.ready())
        serve(
            Contestant(
                embed=lambda texts: runner.run(client.embed(texts)),
                ask=lambda queries: runner.run(waits(client.embed, queries)),
                beside=lambda texts, queries: runner.run(waits_beside(client.embed, texts, queries)),
                process=process,
            )
        )
        runner.run(client.close())


if __name__ == "__main__":
    main(sys.argv[1])
