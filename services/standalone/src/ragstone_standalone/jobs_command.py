"""``ragstone jobs``: what ingestion is at work on, the dead letters, and new attempts for them."""

from typing import Annotated

import typer
from rich.console import Console

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.jobs import DocumentDecisions, Job, JobFilter, JobKind, JobState, RequeueRequest
from ragstone_standalone.calling import AsJson, KeyFile, Url, call
from ragstone_standalone.jobs_printing import print_job, print_jobs, watch_queue

app = typer.Typer(no_args_is_help=True)
out = Console()

Only = Annotated[str | None, typer.Option("--collection", "-c", help="Only of this collection, by name or id.")]
JobId = Annotated[str, typer.Argument(help="Id of a job.")]


@app.command("list")
def list_jobs(  # noqa: PLR0913  a command has an argument for each of its options
    state: Annotated[JobState | None, typer.Option(help="Only in this state; failed ones are dead letters.")] = None,
    kind: Annotated[JobKind | None, typer.Option(help="Only of this kind.")] = None,
    collection: Only = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1, max=500)] = 50,
    as_json: AsJson = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Show jobs, newest first."""
    wanted = JobFilter(state=state, kind=kind, collection=collection)
    found = call(url, key_file, lambda client: client.list_jobs(wanted, limit=limit))
    if as_json:
        print(found.model_dump_json(indent=2))  # noqa: T201
    else:
        print_jobs(found, out)


@app.command()
def show(job_id: JobId, as_json: AsJson = False, url: Url = None, key_file: KeyFile = None) -> None:
    """Show a job with its attempts, and every decision made about its document."""

    async def work(client: GatewayClient) -> tuple[Job, DocumentDecisions]:
        job = await client.get_job(job_id)
        if not job.document_id:  # it is about a collection
            return job, DocumentDecisions(document_id="", decisions=[])
        return job, await client.explain(job.document_id)

    job, why = call(url, key_file, work)
    if as_json:
        print(job.model_dump_json(indent=2))  # noqa: T201
    else:
        print_job(job, why, out)


@app.command()
def requeue(
    job_id: Annotated[str | None, typer.Argument(help="Id of a job; without it, all that the options name.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    collection: Only = None,
    code: Annotated[str | None, typer.Option(help="Only those that failed with this code.")] = None,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Give dead letters new attempts."""
    if job_id is not None:
        job = call(url, key_file, lambda client: client.requeue_job(job_id))
        out.print(f"{job.filename} is queued again", markup=False)
        return
    if not (every or collection or code):
        raise InvalidRequest("which ones: name a job, a --collection or a --code, or say --all")
    wanted = RequeueRequest(collection=collection, code=code)
    requeued = call(url, key_file, lambda client: client.requeue_jobs(wanted))
    out.print(f"{requeued.requeued} jobs are queued again")


@app.command()
def watch(collection: Only = None, url: Url = None, key_file: KeyFile = None) -> None:
    """Follow the jobs that have yet to end, until there are none."""
    call(url, key_file, lambda client: watch_queue(client, collection, out))
