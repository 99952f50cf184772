"""Jobs, for the caller the identity token names."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from ragstone_contracts.jobs import Job, JobFilter, JobKind, JobList, JobState, Requeued, RequeueRequest
from ragstone_ingestion.dependencies import IngestionDependency, WakerDependency, known_id
from ragstone_kit.caller import CallerDependency

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


async def _job_id(job_id: str) -> str:
    return known_id(job_id)


async def _filter(
    state: JobState | None = None, kind: JobKind | None = None, collection: str | None = None
) -> JobFilter:
    return JobFilter(state=state, kind=kind, collection=None if collection is None else known_id(collection))


async def _page(limit: Annotated[int, Query(ge=1, le=500)] = 50, cursor: str | None = None) -> tuple[int, str | None]:
    return limit, cursor


JobId = Annotated[str, Depends(_job_id)]
FilterDependency = Annotated[JobFilter, Depends(_filter)]
PageDependency = Annotated[tuple[int, str | None], Depends(_page)]


@router.get("")
async def list_jobs(
    caller: CallerDependency, ingestion: IngestionDependency, wanted: FilterDependency, page: PageDependency
) -> JobList:
    """Newest first."""
    return await ingestion.jobs.list(caller.identity, wanted, *page)


@router.post("/requeue")
async def requeue_jobs(
    wanted: RequeueRequest, caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency
) -> Requeued:
    """Dead letters that meet the filter, as a batch."""
    if wanted.collection is not None:
        known_id(wanted.collection)
    requeued = await ingestion.requeuing.many(caller.identity, wanted)
    await waker.wake()
    return requeued


@router.get("/{job_id}")
async def get_job(job_id: JobId, caller: CallerDependency, ingestion: IngestionDependency) -> Job:
    return await ingestion.jobs.get(caller.identity, job_id)


@router.post("/{job_id}/requeue")
async def requeue_job(
    job_id: JobId, caller: CallerDependency, ingestion: IngestionDependency, waker: WakerDependency
) -> Job:
    job = await ingestion.requeuing.one(caller.identity, job_id)
    await waker.wake()
    return job
