"""Real worker processes under a real ``kill -9``, over the engine and the sandbox they are deployed with."""

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Iterator
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


@contextmanager
def worker(world: World, router_url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
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
    environment = os.environ | {f"RAGSTONE_INGESTION__{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "ragstone_ingestion.worker"]
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
