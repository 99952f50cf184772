"""Jobs over HTTP: who sees which, pages, dead letters and their second life."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ragstone_clients.ingestion import IngestionClient, Upload
from ragstone_contracts.documents import DocumentState, NewCollection
from ragstone_contracts.errors import RemoteProblem
from ragstone_contracts.jobs import JobFilter, JobState, RequeueRequest
from ragstone_ingestion.assembly import Ingestion

from .conftest import World, text_of


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[tuple[Ingestion, IngestionClient]]:
    async with world.api(max_attempts=1) as (app, client):
        await client.create_collection(world.caller(), NewCollection(name="demo"))
        yield app.state.ingestion, client


def fail(filename: str) -> None:
    if filename.startswith("bad"):
        raise OSError("disk")


@pytest.mark.requirement("ING-3")
async def test_a_dead_letter_says_what_was_tried_and_can_be_tried_again(world: World) -> None:
    world.parser.before = fail
    caller = world.caller()
    async with serving(world) as (ingestion, client):
        accepted = await client.upload(caller, Upload("demo", "bad.txt", b"A stone."))
        await client.upload(caller, Upload("demo", "good.txt", b"A stone of granite."))
        await ingestion.worker.drain()
        [dead] = (await client.list_jobs(caller, JobFilter(state=JobState.FAILED))).jobs
        world.parser.before = lambda filename: None
        queued = await client.requeue_job(caller, dead.job_id)
        await ingestion.worker.drain()
        done = await client.get_job(caller, dead.job_id)
        shown = await client.get_document(caller, accepted.document_id)
    assert (dead.job_id, dead.filename, dead.attempts) == (accepted.job_id, "bad.txt", 1)
    assert dead.error is not None
    [attempt] = dead.history
    assert (attempt.attempt, attempt.step, attempt.code) == (1, "parse", "internal")
    assert attempt.ended_at is not None
    assert (queued.state, queued.error, queued.attempts) == (JobState.QUEUED, None, 0)
    assert (done.state, len(done.history), shown.state) == (JobState.DONE, 2, DocumentState.READY)


async def test_all_dead_letters_with_a_code_are_requeued_at_once(world: World) -> None:
    world.parser.before = fail
    caller = world.caller()
    async with serving(world) as (ingestion, client):
        for name in ("bad 1.txt", "bad 2.txt", "good.txt"):
            await client.upload(caller, Upload("demo", name, name.encode()))
        await ingestion.worker.drain()
        world.parser.before = lambda filename: None
        other = await client.requeue_jobs(caller, RequeueRequest(code="timed_out"))
        requeued = await client.requeue_jobs(caller, RequeueRequest(code="internal", collection="demo"))
        await ingestion.worker.drain()
        left = await client.list_jobs(caller, JobFilter(state=JobState.FAILED))
    assert (other.requeued, requeued.requeued, left.jobs) == (0, 2, [])


async def test_a_job_that_did_not_fail_or_was_replaced_is_not_requeued(world: World) -> None:
    world.parser.before = fail
    caller = world.caller()
    async with serving(world) as (ingestion, client):
        bad = await client.upload(caller, Upload("demo", "bad.txt", b"A stone."))
        queued = await client.upload(caller, Upload("demo", "good.txt", b"Granite."))
        with pytest.raises(RemoteProblem) as running:
            await client.requeue_job(caller, queued.job_id)
        await ingestion.worker.drain()
        await client.upload(caller, Upload("demo", "bad.txt", b"A stone."))
        with pytest.raises(RemoteProblem) as replaced:
            await client.requeue_job(caller, bad.job_id)
        again = await client.requeue_jobs(caller, RequeueRequest())
    assert [problem.value.code for problem in (running, replaced)] == ["not_requeueable"] * 2
    assert again.requeued == 0


async def test_jobs_come_in_pages_newest_first(world: World) -> None:
    caller = world.caller()
    async with serving(world) as (_, client):
        ids = [(await client.upload(caller, Upload("demo", f"{number}.txt", b"stone"))).job_id for number in range(5)]
        seen: list[str] = []
        cursor = None
        while True:
            page = await client.list_jobs(caller, JobFilter(collection="demo"), limit=2, cursor=cursor)
            seen += [job.job_id for job in page.jobs]
            cursor = page.next_cursor
            if cursor is None:
                break
        with pytest.raises(RemoteProblem) as refused:
            await client.list_jobs(caller, JobFilter(), cursor="made up")
    assert seen == ids[::-1]
    assert refused.value.code == "invalid_request"


async def test_jobs_of_documents_one_may_not_see_are_unknown(world: World) -> None:
    async with serving(world) as (_, client):
        secret = Upload("demo", "secret.txt", text_of("grey").encode(), acl=["user:ada"])
        accepted = await client.upload(world.caller(), secret)
        for stranger in (world.caller("bob"), world.caller("ada", tenant="u")):
            assert (await client.list_jobs(stranger, JobFilter())).jobs == []
            for call in (client.get_job, client.requeue_job):
                with pytest.raises(RemoteProblem) as unknown:
                    await call(stranger, accepted.job_id)
                with pytest.raises(RemoteProblem) as never:
                    await call(stranger, "never-was")
                assert unknown.value.status == never.value.status == 404
                assert unknown.value.detail.replace(accepted.job_id, "X") == never.value.detail.replace(
                    "never-was", "X"
                )
            assert (await client.requeue_jobs(stranger, RequeueRequest())).requeued == 0
            with pytest.raises(RemoteProblem):
                await client.explain(stranger, accepted.document_id)
