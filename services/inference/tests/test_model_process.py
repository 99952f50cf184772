"""The process manager with a small server that misbehaves as asked, in place of llama.cpp and vLLM."""

import asyncio
import os
import signal
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest

from ragstone_contracts.errors import UpstreamError
from ragstone_inference.errors import ModelCrashed, ModelStarting, ModelStopping
from ragstone_inference.model_process import ModelProcess
from ragstone_inference.supervision import Served, State, Supervision

SERVER = Path(__file__).with_name("misbehaving_server.py")
QUICK = Supervision(first_wait=0.05, crashes=3, rest=0.3, between_checks=0.05, to_drain=5, to_stop=0.5)

Start = Callable[..., ModelProcess]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    started: list[ModelProcess] = []

    def start(*faults: str, rules: Supervision = QUICK) -> ModelProcess:
        def command(port: int) -> list[str]:
            return [sys.executable, str(SERVER), str(port), str(tmp_path), *faults]

        process = ModelProcess(Served("a model", command), rules)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        await process.stop()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  another process has no event to wait for
            await asyncio.sleep(0.02)


async def _ready(process: ModelProcess) -> None:
    await _until(lambda: process.state is State.READY)


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


async def test_it_is_ready_only_when_its_model_is_loaded(start: Start) -> None:
    process = start("loads for a while")
    with pytest.raises(ModelStarting) as caught:
        process.check()
    assert caught.value.retry_after

    await _ready(process)

    process.check()


async def test_it_is_ready_only_when_it_is_warm(tmp_path: Path) -> None:
    asked: list[str] = []

    async def warm_up(url: str) -> None:
        assert process.state is State.STARTING
        asked.append(url)

    def command(port: int) -> list[str]:
        return [sys.executable, str(SERVER), str(port), str(tmp_path)]

    process = ModelProcess(Served("a model", command, warm_up=warm_up), QUICK)
    process.start()
    await _ready(process)

    assert asked == [process.url]
    await process.stop()


async def test_a_server_that_fails_its_warm_up_is_started_again(tmp_path: Path) -> None:
    tries = 0

    async def warm_up(url: str) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise UpstreamError("no answer yet")

    def command(port: int) -> list[str]:
        return [sys.executable, str(SERVER), str(port), str(tmp_path)]

    process = ModelProcess(Served("a model", command, warm_up=warm_up), QUICK)
    process.start()
    await _ready(process)

    assert tries == 2
    await process.stop()


async def test_it_is_stopped(start: Start) -> None:
    process = start()
    await _ready(process)
    pid = process.pid
    assert pid is not None

    await process.stop()

    assert not _alive(pid)
    assert process.state is State.STOPPED
    with pytest.raises(ModelStopping):
        process.check()


async def test_a_server_that_does_not_go_is_killed_with_all_it_started(start: Start, tmp_path: Path) -> None:
    process = start("does not go", "has a child")
    await _ready(process)
    pid, child = process.pid, int((tmp_path / "child").read_text())
    assert pid is not None

    async with asyncio.timeout(5):
        await process.stop()

    assert not _alive(pid)
    await _until(lambda: not _alive(child))


async def test_what_left_its_group_does_not_keep_a_server_from_stopping(start: Start, tmp_path: Path) -> None:
    process = start("has a child that left")
    await _ready(process)

    async with asyncio.timeout(5):
        await process.stop()

    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


async def test_a_killed_server_is_started_again_and_leaves_nothing_behind(start: Start, tmp_path: Path) -> None:
    process = start("has a child")
    await _ready(process)
    first, child = process.pid, int((tmp_path / "child").read_text())
    assert first is not None
    os.kill(first, signal.SIGKILL)

    await _until(lambda: process.pid != first)
    await _ready(process)

    await _until(lambda: not _alive(child))


async def test_a_server_that_answers_no_more_is_started_again(start: Start, tmp_path: Path) -> None:
    rules = Supervision(first_wait=0.05, between_checks=0.05, to_answer=0.5, failed_checks=1, to_stop=0.5)
    process = start(rules=rules)
    await _ready(process)
    first = process.pid
    (tmp_path / "hangs").touch()

    await _until(lambda: process.pid != first)
    (tmp_path / "hangs").unlink()

    await _ready(process)


async def test_a_server_that_does_not_stay_up_is_given_a_rest_and_tried_again(start: Start, tmp_path: Path) -> None:
    (tmp_path / "crashes").touch()
    process = start()
    await _until(lambda: process.state is State.GIVEN_UP)
    with pytest.raises(ModelCrashed, match="no memory for the model") as caught:
        process.check()
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= QUICK.rest

    (tmp_path / "crashes").unlink()

    await _ready(process)


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    served = Served("a model", lambda port: [str(tmp_path / "no-such-server")])
    process = ModelProcess(served, Supervision(crashes=1))
    process.start()
    await _until(lambda: process.state is State.GIVEN_UP)

    with pytest.raises(ModelCrashed, match="no-such-server"):
        process.check()
    await process.stop()


async def test_a_stop_waits_for_the_requests_in_use_and_takes_no_more(start: Start) -> None:
    process = start()
    await _ready(process)

    async with process.use() as url:
        stopping = asyncio.create_task(process.stop())
        await asyncio.sleep(0.1)
        with pytest.raises(ModelStopping):
            process.check()
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            assert answer.status == 200
        assert not stopping.done()
    await stopping


async def test_a_request_that_never_ends_does_not_keep_it_from_stopping(start: Start) -> None:
    process = start(rules=Supervision(to_drain=0.1))
    await _ready(process)

    async with process.use(), asyncio.timeout(5):
        await process.stop()


async def test_what_the_server_writes_does_not_block_it_and_its_last_lines_are_kept(start: Start) -> None:
    process = start("writes much")
    await _ready(process)

    assert set(process.lines) <= {"y", "", "asked"}
    assert len(process.lines) == 40


async def test_the_server_is_not_told_what_is_meant_for_ragstone(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGSTONE_SECRET", "of ours")
    process = start()
    await _ready(process)

    async with aiohttp.ClientSession() as session, session.get(process.url) as answer:
        assert await answer.text() == "no secret"


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
async def test_it_ends_with_a_killed_parent(tmp_path: Path) -> None:
    script = f"""
        import asyncio, sys
        from ragstone_inference.model_process import ModelProcess
        from ragstone_inference.supervision import Served, State
        from ragstone_kit.logs import configure_logs
        async def main():
            configure_logs("ERROR")
            command = lambda port: [sys.executable, {str(SERVER)!r}, str(port), {str(tmp_path)!r}]
            process = ModelProcess(Served("a model", command))
            process.start()
            while process.state is not State.READY:
                await asyncio.sleep(0.01)
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

    await _until(lambda: not _alive(child))
