import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ragstone_contracts.documents import ParsedDocument
from ragstone_ingestion.errors import CorruptDocument, NoText, ParserLimit, UnsupportedType
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits
from ragstone_ingestion.sandbox.process import ParserFailure, ParserProcess


async def behave(pool: ParserPool, folder: Path, how: str) -> ParsedDocument:
    """The hostile parser behaves as the document says."""
    source = folder / f"{how}.hostile"
    source.write_text(how)
    return await pool.parse(source, source.name, "test/hostile")


async def pid(pool: ParserPool, folder: Path) -> int:
    return int((await behave(pool, folder, "pid")).text)


async def gone(process: int, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not _runs(process):
            return True
        await asyncio.sleep(0.05)
    return False


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.requirement("ING-5")
@pytest.mark.parametrize(
    ("how", "rejection", "says"),
    [
        ("grow", ParserLimit, "memory"),
        ("exit", ParserLimit, "ended with status 3"),
        ("connect", ParserLimit, "connect to the network"),
        ("resolve", ParserLimit, "host name"),
        ("spawn", ParserLimit, "start a process"),
        ("flood", ParserLimit, "larger than 2 MB"),
        ("fill", CorruptDocument, "OSError"),
        ("recurse", ParserLimit, "nesting"),
        ("fail", CorruptDocument, "KeyError"),
        ("blank", NoText, "no text"),
        ("lie", ParserLimit, "not ranges"),
    ],
)
async def test_a_parser_that_misbehaves_costs_its_own_document_only(
    how: str, rejection: type[Exception], says: str, pool: ParserPool, tmp_path: Path
) -> None:
    started = time.monotonic()
    with pytest.raises(rejection, match=says):
        await behave(pool, tmp_path, how)
    assert time.monotonic() - started < 15
    assert await pid(pool, tmp_path)


@pytest.mark.requirement("ING-5")
async def test_a_parser_that_never_ends_is_killed_in_time(pool: ParserPool, tmp_path: Path) -> None:
    first = await pid(pool, tmp_path)
    started = time.monotonic()
    with pytest.raises(ParserLimit):
        await behave(pool, tmp_path, "spin")
    assert time.monotonic() - started < 10
    assert await gone(first)
    assert await pid(pool, tmp_path) != first


async def _kill_the_one_that_waits(marker: Path) -> None:
    (child,) = await _eventually(lambda: marker.read_text().split() if marker.exists() else [])
    await asyncio.to_thread(marker.unlink)
    os.kill(int(child), signal.SIGKILL)


@pytest.mark.requirement("ING-1")
async def test_a_parser_killed_from_outside_costs_its_document_nothing(pool: ParserPool, tmp_path: Path) -> None:
    parsing = asyncio.create_task(behave(pool, tmp_path, "wait"))
    await _kill_the_one_that_waits(tmp_path / "wait.pid")
    await asyncio.to_thread((tmp_path / "wait.hostile").write_text, "pid")
    assert int((await parsing).text)


@pytest.mark.requirement("ING-5")
async def test_a_document_whose_parser_is_killed_every_time_is_refused(pool: ParserPool, tmp_path: Path) -> None:
    parsing = asyncio.create_task(behave(pool, tmp_path, "wait"))
    for _ in range(3):
        await _kill_the_one_that_waits(tmp_path / "wait.pid")
    with pytest.raises(ParserLimit, match="SIGKILL"):
        await parsing
    assert await pid(pool, tmp_path)


async def test_a_parser_that_catches_the_refusal_goes_on_without_a_network(pool: ParserPool, tmp_path: Path) -> None:
    assert (await behave(pool, tmp_path, "swallow")).text == "the network is refused"


async def test_the_process_stays_warm_between_documents_and_ends_when_idle(plugins: Path, tmp_path: Path) -> None:
    pool = ParserPool(SandboxLimits(memory_mb=512, seconds=10, idle_seconds=0.5), [plugins])
    first = await pid(pool, tmp_path)
    assert await pid(pool, tmp_path) == first
    assert await gone(first)
    assert await pid(pool, tmp_path) != first
    await pool.close()


async def test_closing_the_pool_ends_its_processes(pool: ParserPool, tmp_path: Path) -> None:
    first = await pid(pool, tmp_path)
    await pool.close()
    assert not _runs(first)


async def test_a_cancelled_parse_ends_its_process_and_gives_its_turn_back(pool: ParserPool, tmp_path: Path) -> None:
    parsing = asyncio.create_task(behave(pool, tmp_path, "wait"))
    marker = tmp_path / "wait.pid"
    (child,) = await _eventually(lambda: marker.read_text().split() if marker.exists() else [])
    parsing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await parsing
    assert await gone(int(child))
    assert await pid(pool, tmp_path)


async def test_more_documents_than_workers_wait_their_turn(pool: ParserPool, tmp_path: Path) -> None:
    pids = await asyncio.gather(*(pid(pool, tmp_path) for _ in range(4)))
    assert len(set(pids)) == 1


async def test_the_child_has_nothing_of_the_environment(
    pool: ParserPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGSTONE_SECRET", "canary")
    names = (await behave(pool, tmp_path, "environment")).text.split("\n")
    assert "RAGSTONE_SECRET" not in names
    assert set(names) <= {"HOME", "LANG", "LC_CTYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH", "TMPDIR"}


async def test_what_a_parser_prints_or_reads_never_mixes_with_its_answers(pool: ParserPool, tmp_path: Path) -> None:
    assert (await behave(pool, tmp_path, "chatter")).text == "quiet"
    assert (await behave(pool, tmp_path, "chatter")).text == "quiet"


async def test_an_unknown_type_is_unsupported_and_a_broken_adapter_is_no_rejection(
    pool: ParserPool, tmp_path: Path
) -> None:
    source = tmp_path / "file"
    source.write_text("x")
    with pytest.raises(UnsupportedType):
        await pool.parse(source, "file", "test/none")
    with pytest.raises(ParserFailure):
        await pool.parse(source, "file", "test/unloadable")
    assert await pid(pool, tmp_path)


async def test_a_sandbox_that_cannot_start_is_no_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragstone_ingestion.sandbox.process._MODULE", "ragstone_ingestion.no_such_module")
    with pytest.raises(ParserFailure, match="no_such_module"):
        await ParserProcess.start(SandboxLimits())


@pytest.mark.requirement("ING-5")
@pytest.mark.skipif(sys.platform != "linux", reason="killed with its parent by Linux")
@pytest.mark.parametrize("how", ["spin", "wait"])
async def test_a_child_ends_when_its_parent_is_killed(how: str, plugins: Path, tmp_path: Path) -> None:
    source = tmp_path / "stuck.hostile"
    source.write_text(how)
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, str(source), str(plugins))
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    (child,) = await _eventually(lambda: children.read_text().split())
    await asyncio.sleep(1.5)
    parent.kill()
    await parent.wait()
    assert await gone(int(child))


async def _eventually(look: Callable[[], list[str]]) -> list[str]:
    for _ in range(200):
        if found := look():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("no child came up")


PARENT = """
import asyncio, sys
from pathlib import Path
from ragstone_ingestion.sandbox import ParserPool, SandboxLimits

source, plugins = map(Path, sys.argv[1:])
pool = ParserPool(SandboxLimits(seconds=60), [plugins])
asyncio.run(pool.parse(source, source.name, "test/hostile"))
"""
