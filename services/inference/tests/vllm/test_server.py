"""vLLM under the process manager, as a process of its own, with a process that has vLLM's endpoints in its place."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

KEY = "sk-of-the-house"


@dataclass(frozen=True)
class Running:
    manager: asyncio.subprocess.Process
    vllm: str
    ops: str
    session: aiohttp.ClientSession

    async def status(self, url: str) -> int:
        try:
            async with self.session.get(url) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def until(self, path: str, status: int) -> None:
        async with asyncio.timeout(15):
            while await self.status(self.ops + path) != status:  # noqa: ASYNC110  another process has no event to wait for
                await asyncio.sleep(0.02)

    async def complete(self, tokens: int, key: str = KEY) -> int:
        body = {"model": "writer", "prompt": "x", "max_tokens": tokens}
        headers = {"authorization": f"Bearer {key}"}
        async with self.session.post(f"{self.vllm}/v1/completions", json=body, headers=headers) as answer:
            await answer.read()
            return answer.status


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _free_ports() -> list[int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return [one.getsockname()[1], other.getsockname()[1]]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    program = tmp_path / "vllm"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m ragstone_testing.model_servers.vllm_process "$@"\n')
    program.chmod(0o755)
    port, ops_port = _free_ports()
    wanted = {
        "MODEL": "a/model",
        "SERVED_MODEL_NAME": "writer",
        "API_KEY": KEY,
        "PORT": str(port),
        "OPS_PORT": str(ops_port),
        "SECONDS_UNREADY": "0.3",
        "TOOL_CALL_PARSER": "hermes",
        "SPECULATIVE_METHOD": "ngram",
        "SPECULATIVE_TOKENS": "4",
    }
    environment = os.environ | {f"RAGSTONE_VLLM__{name}": value for name, value in wanted.items()}
    manager = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ragstone_inference.vllm",
        env=environment | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    async with aiohttp.ClientSession() as session:
        yield Running(manager, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{ops_port}", session)
        if manager.returncode is None:
            manager.kill()
            await manager.wait()


async def test_it_is_ready_when_warm_and_drains_when_told_to_end(running: Running) -> None:
    await running.until("/healthz", 200)
    await running.until("/readyz", 200)
    assert await running.complete(1, key="sk-of-another") == 401

    answer = asyncio.create_task(running.complete(20))
    await asyncio.sleep(0.1)
    async with running.session.get(f"{running.ops}/metrics") as metrics:
        text = await metrics.text()
    assert 'vllm:num_requests_running{engine="0",model_name="writer"} 1.0' in text
    assert 'ragstone_model_process_ready{model="vllm"} 1.0' in text

    running.manager.send_signal(signal.SIGTERM)
    await running.until("/readyz", 503)
    assert await running.status(f"{running.vllm}/health") == 200

    assert await answer == 200
    async with asyncio.timeout(10):
        assert await running.manager.wait() == 0
    assert await running.status(f"{running.vllm}/health") == 0


async def test_a_server_that_ended_is_not_ready_and_comes_back(running: Running) -> None:
    await running.until("/readyz", 200)
    [child] = _children(running.manager.pid)
    os.kill(child, signal.SIGKILL)

    await running.until("/readyz", 503)
    assert await running.status(f"{running.ops}/metrics") == 200
    await running.until("/readyz", 200)
    assert await running.complete(1) == 200
