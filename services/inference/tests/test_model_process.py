"""The process manager with a tiny server in place of llama.cpp."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from ragstone_inference.model_process import ModelProcess

SERVER = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


def _command(port: int) -> list[str]:
    return [sys.executable, "-c", SERVER, str(port)]


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[ModelProcess]:
    process = ModelProcess(_command, first_wait=0.05)
    process.start()
    yield process
    await process.stop()


async def _eventually(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  another process has no event to wait for
            await asyncio.sleep(0.02)


async def _answers(process: ModelProcess) -> int:
    async with asyncio.timeout(10), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{process.port}/", timeout=aiohttp.ClientTimeout(1)) as got:
                    return got.status
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


async def test_it_is_started_and_stopped(process: ModelProcess) -> None:
    assert await _answers(process) == 200
    pid = process.pid
    assert pid is not None

    await process.stop()

    assert not _alive(pid)


async def test_a_killed_server_is_started_again(process: ModelProcess) -> None:
    await _answers(process)
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)

    await _eventually(lambda: process.pid != first)

    assert await _answers(process) == 200


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
async def test_it_ends_with_a_killed_parent() -> None:
    script = f"""
        import asyncio, sys
        from ragstone_inference.model_process import ModelProcess
        async def main():
            process = ModelProcess(lambda port: [sys.executable, "-c", {SERVER!r}, str(port)])
            process.start()
            while process.pid is None:
                await asyncio.sleep(0.01)
            await asyncio.sleep(1)
            print(process.pid, flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", textwrap.dedent(script), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert _alive(child)

    parent.kill()
    await parent.wait()

    await _eventually(lambda: not _alive(child))
