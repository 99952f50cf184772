"""Bounded queues, and room on the disk."""

import errno
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ragstone_clients.ingestion import Upload
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import RemoteProblem

from ..conftest import World, new_collection, put  # noqa: TID252  tests are no packages


async def refused(world: World, client: Any, name: str, tenant: str = "t") -> RemoteProblem:
    with pytest.raises(RemoteProblem) as refusal:
        await client.upload(world.caller(tenant=tenant), Upload("demo", name, name.encode()))
    return refusal.value


@pytest.mark.requirement("ING-10")
async def test_a_tenant_whose_queue_is_full_is_told_when_to_come_again_and_others_go_on(world: World) -> None:
    async with world.api(tenant_jobs=3) as (app, client):
        for tenant in ("t", "u"):
            await client.create_collection(world.caller(tenant=tenant), NewCollection(name="demo"))
        for name in ("a.txt", "b.txt", "c.txt"):
            await client.upload(world.caller(), Upload("demo", name, name.encode()))
        full = await refused(world, client, "d.txt")
        await client.upload(world.caller(tenant="u"), Upload("demo", "a.txt", b"stone"))
        await app.state.ingestion.worker.drain()
        await client.upload(world.caller(), Upload("demo", "d.txt", b"stone"))
    assert (full.status, full.code) == (429, "queue_full")
    assert full.retry_after is not None
    assert 1 <= full.retry_after <= 600


@pytest.mark.requirement("ING-10")
async def test_when_all_queues_together_are_full_everyone_is_told_to_come_again(world: World) -> None:
    async with world.api(total_jobs=2) as (_, client):
        for tenant in ("t", "u"):
            await client.create_collection(world.caller(tenant=tenant), NewCollection(name="demo"))
            await client.upload(world.caller(tenant=tenant), Upload("demo", "a.txt", b"stone"))
        full = await refused(world, client, "b.txt", "u")
    assert (full.status, full.code) == (503, "queues_full")
    assert full.retry_after is not None


async def test_the_bounds_hold_between_two_counts(world: World) -> None:
    """A long queue is counted once a second; what is admitted in between is added."""
    async with world.process() as ingestion:
        demo = await new_collection(ingestion)
        backlog = ingestion.uploads._admission._backlog
        backlog._limits = type(backlog._limits)(per_tenant=8, total=100, hurry=2)
        for number in range(8):
            await put(ingestion, demo, f"{number}.txt", "stone")
        with pytest.raises(Exception, match="8 documents of this tenant wait already"):
            await put(ingestion, demo, "9.txt", "stone")


async def test_uploads_leave_room_on_the_disk(world: World) -> None:
    async with world.api(min_free_mb=10**9) as (_, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        full = await refused(world, client, "a.txt")
    assert (full.status, full.code) == (507, "storage_full")
    assert full.retry_after is not None


async def test_a_disk_that_runs_full_in_the_middle_of_an_upload_is_said_to_be_full(world: World) -> None:
    async with world.api() as (app, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))

        async def no_space(content: AsyncIterator[bytes], max_bytes: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        app.state.ingestion.stores.objects.receive = no_space
        full = await refused(world, client, "a.txt")
    assert (full.status, full.code) == (507, "storage_full")
