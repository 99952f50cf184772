"""Real worker processes under a real ``kill -9``, over the engine and the sandbox they are deployed with."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_contracts.documents import Document, DocumentState, NewCollection
from ragstone_index.opening import open_index
from ragstone_kit.identity import Caller

from .conftest import SECRET, World, new_world, settled, text_of

_DOCUMENTS = 6
_KILLS = 3
_WORKER = ("-m", "ragstone_ingestion.worker")


@contextmanager
def worker(
    world: World, router_url: str, folder: Path, program: Sequence[str] = _WORKER, **changes: str
) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "INTERNAL_SECRET": SECRET.get_secret_value(),
        "DATABASE_URL": world.settings.database_url,
        "OBJECTS_URL": world.settings.objects_url,
        "INDEX_URL": f"edge:{folder}/index",
        "ROUTER_URL": router_url,
        "LEASE_SECONDS": "2",
        "MAX_ATTEMPTS": "20",
        "POLL_SECONDS": "0.1",
        "EMBED_BATCH": "1",
    }
    environment = os.environ | {f"RAGSTONE_INGESTION__{name}": value for name, value in (settings | changes).items()}
    command = [sys.executable, *program]
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


async def someone_works(client: IngestionClient, caller: Caller) -> None:
    async with asyncio.timeout(60):
        while not any(one.state == DocumentState.RUNNING for one in await documents(client, caller)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def documents(client: IngestionClient, caller: Caller) -> list[Document]:
    return (await client.list_documents(caller, "demo")).documents


@pytest.mark.requirement("ING-1")
async def test_workers_killed_at_random_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path, lease_seconds=2)
    caller = world.caller()
    with world.models.listening() as models:
        router_url = models.removesuffix("/v1")
        async with world.api() as (_, client):
            demo = await client.create_collection(caller, NewCollection(name="demo"))
            for number in range(_DOCUMENTS):
                await client.upload(caller, Upload("demo", f"{number}.txt", text_of(str(number), 8).encode()))
            for _ in range(_KILLS):
                with worker(world, router_url, tmp_path) as process:
                    await someone_works(client, caller)
                    await asyncio.sleep(chance.uniform(0, 0.5))
                    process.kill()
            with worker(world, router_url, tmp_path):
                ended = [await settled(client, caller, one.document_id) for one in await documents(client, caller)]
    log = (tmp_path / "worker.log").read_text()
    assert [(one.state, one.error) for one in ended] == [(DocumentState.READY, None)] * _DOCUMENTS, log
    assert max(one.attempts for one in ended) > 1
    index = open_index(f"edge:{tmp_path}/index")
    try:
        chunks = await index.chunks(demo.id)
    finally:
        await index.close()
    assert len({(chunk.document_id, chunk.start, chunk.end) for chunk in chunks}) == len(chunks)
    assert len(chunks) == sum(one.chunks or 0 for one in ended)
    assert all(chunk.born <= _DOCUMENTS < chunk.died for chunk in chunks)


@pytest.mark.requirement("ING-3")
async def test_a_document_that_kills_its_worker_every_time_ends_alone_in_the_dead_letters(tmp_path: Path) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path, lease_seconds=1)
    caller = world.caller()
    changes = {"LEASE_SECONDS": "1", "MAX_ATTEMPTS": "2", "REAP_SECONDS": "0.2", "CONCURRENCY": "3"}
    with world.models.listening() as models:
        router_url = models.removesuffix("/v1")
        async with world.api(lease_seconds=1, max_attempts=2) as (_, client):
            await client.create_collection(caller, NewCollection(name="demo"))
            poison = await client.upload(caller, Upload("demo", "poison.txt", text_of("poison", 60).encode()))
            for number in range(4):
                await client.upload(caller, Upload("demo", f"{number}.txt", text_of(str(number), 3).encode()))
            while (await client.get_document(caller, poison.document_id)).state != DocumentState.FAILED:
                with worker(world, router_url, tmp_path, **changes) as process:
                    await until_it_kills(client, caller, poison.document_id)
                    process.kill()
            with worker(world, router_url, tmp_path, **changes):
                ended = [await settled(client, caller, one.document_id) for one in await documents(client, caller)]
            job = await client.get_job(caller, poison.job_id)
    states = {one.title: (one.state, one.error and one.error.code) for one in ended}
    log = (tmp_path / "worker.log").read_text()
    assert states.pop("poison") == (DocumentState.FAILED, "worker_lost"), log
    assert set(states.values()) == {(DocumentState.READY, None)}, log
    assert [attempt.code for attempt in job.history] == ["worker_lost"] * 2


async def until_it_kills(client: IngestionClient, caller: Caller, document_id: str) -> None:
    """Until a worker is at work on the document, not only waiting to be alone with it, or has given it up."""
    async with asyncio.timeout(60):
        while True:
            shown = await client.get_document(caller, document_id)
            begun = shown.state == DocumentState.RUNNING and (shown.attempts == 1 or shown.step is not None)
            if begun or shown.state == DocumentState.FAILED:
                return
            await asyncio.sleep(0.005)


@pytest.mark.requirement("ING-2")
async def test_a_worker_frozen_right_before_its_write_to_the_index_does_not_write_when_it_wakes(tmp_path: Path) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path, lease_seconds=1)
    caller, program = world.caller(), [str(Path(__file__).with_name("freezing_worker.py"))]
    with world.models.listening() as models:
        router_url = models.removesuffix("/v1")
        async with world.api(lease_seconds=1) as (app, client):
            await client.create_collection(caller, NewCollection(name="demo"))
            accepted = await client.upload(caller, Upload("demo", "a.txt", text_of("grey", 3).encode()))
            with worker(world, router_url, tmp_path, program, LEASE_SECONDS="1") as frozen:
                await asyncio.to_thread(os.waitid, os.P_PID, frozen.pid, os.WSTOPPED)
                await asyncio.sleep(1.1)
                while not await app.state.ingestion.worker.run_next():  # noqa: ASYNC110  until the lease is over
                    await asyncio.sleep(0.05)
                frozen.send_signal(signal.SIGCONT)
                async with asyncio.timeout(30):
                    while "lease lost" not in (tmp_path / "worker.log").read_text():  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
            shown = await client.get_document(caller, accepted.document_id)
    index = open_index(f"edge:{tmp_path}/index")
    try:
        late = await index.chunks(shown.collection_id)
    finally:
        await index.close()
    # On a busy machine a lease of a second may run out once more.
    assert shown.state == DocumentState.READY
    assert shown.attempts >= 2
    assert late == []
