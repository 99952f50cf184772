"""Jobs: the work on documents, and the dead letters among them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from ragstone_contracts.jobs import Job, JobFilter, JobKind, JobList, JobState, Requeued, RequeueRequest
from ragstone_gateway.dependencies import Reader, ServicesDependency, Writer

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


async def _filter(
    state: JobState | None = None, kind: JobKind | None = None, collection: str | None = None
) -> JobFilter:
    return JobFilter(state=state, kind=kind, collection=collection)


@router.get("")
async def list_jobs(
    caller: Reader,
    services: ServicesDependency,
    wanted: Annotated[JobFilter, Depends(_filter)],
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> JobList:
    """Jobs of the documents the caller may see, newest first; ``state=failed`` lists the dead letters."""
    return await services.ingestion.list_jobs(caller, wanted, limit=limit, cursor=cursor)


@router.post("/requeue")
async def requeue_jobs(wanted: RequeueRequest, caller: Writer, services: ServicesDependency) -> Requeued:
    """New attempts for dead letters of the newest versions of documents."""
    return await services.ingestion.requeue_jobs(caller, wanted)


@router.get("/{job_id}")
async def get_job(job_id: str, caller: Reader, services: ServicesDependency) -> Job:
    return await services.ingestion.get_job(caller, job_id)


@router.post("/{job_id}/requeue")
async def requeue_job(job_id: str, caller: Writer, services: ServicesDependency) -> Job:
    """New attempts for a job that failed or was rejected."""
    return await services.ingestion.requeue_job(caller, job_id)
