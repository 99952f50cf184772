"""Jobs, as a terminal shows them."""

import asyncio
import time

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.jobs import Decision, DocumentDecisions, Job, JobFilter, JobList, JobState

_COLOURS = {
    JobState.QUEUED: "yellow",
    JobState.RUNNING: "cyan",
    JobState.DONE: "green",
    JobState.FAILED: "red",
    JobState.REJECTED: "magenta",
}
_LOOK_SECONDS = 0.5
_SHOWN = 20


def print_jobs(found: JobList, out: Console) -> None:
    table = Table("job", "kind", "state", "document", "attempts", "error", box=None)
    for job in found.jobs:
        error = "" if job.error is None else f"{job.error.code}: {job.error.detail}"
        table.add_row(job.job_id, job.kind, _state(job), escape(job.filename), str(job.attempts), escape(error))
    out.print(table if found.jobs else "no jobs")
    if found.next_cursor is not None:
        out.print("[dim]there are more; raise --limit or filter[/dim]")


def print_job(job: Job, why: DocumentDecisions, out: Console) -> None:
    """The job, its attempts, and the decisions about its document."""
    out.print(f"[bold]{escape(job.filename)}[/bold] in {escape(job.collection)}: {job.kind}, {_state(job)}")
    if job.eta_seconds is not None:
        out.print(f"about {job.eta_seconds:.0f} s to go" + (f", {job.ahead} jobs ahead" if job.ahead else ""))
    attempts = Table("attempt", "began", "seconds", "step", "ended with", "worker", box=None)
    for one in job.history:
        seconds = "" if one.ended_at is None else f"{one.ended_at - one.started_at:.1f}"
        ended = "" if one.ended_at is None else one.code or "done"
        attempts.add_row(str(one.attempt), _clock(one.started_at), seconds, one.step or "", ended, escape(one.worker))
    if job.history:
        out.print(attempts)
    for decision in why.decisions:
        out.print(f"[dim]{_clock(decision.at)}[/dim] {_told(decision)}", soft_wrap=True, highlight=False)


def _told(decision: Decision) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in decision.facts.items() if value not in (None, {}, []))
    return f"[cyan]{decision.step}[/cyan] {escape(decision.decision)}" + (
        f" [dim]({escape(facts)})[/dim]" if facts else ""
    )


async def watch_queue(client: GatewayClient, collection: str | None, out: Console) -> None:
    """Show the jobs that run and those that wait until there are none."""
    with Live(console=out, transient=True, auto_refresh=False) as live:
        while True:
            running, queued = [
                await client.list_jobs(JobFilter(state=state, collection=collection), limit=500)
                for state in (JobState.RUNNING, JobState.QUEUED)
            ]
            if not running.jobs and not queued.jobs:
                break
            live.update(_table(running, queued), refresh=True)
            await asyncio.sleep(_LOOK_SECONDS)
    out.print("nothing is queued or running")


def _table(running: JobList, queued: JobList) -> Table:
    more = "+" if queued.next_cursor is not None else ""
    table = Table("document", "state", "step", "progress", box=None, caption=f"{len(queued.jobs)}{more} queued")
    for job in [*running.jobs, *reversed(queued.jobs)][:_SHOWN]:
        bar = ProgressBar(total=1.0, completed=job.progress, width=30)
        table.add_row(escape(job.filename), _state(job), job.step or "", bar)
    return table


def _state(job: Job) -> str:
    return f"[{_COLOURS[job.state]}]{job.state}[/{_COLOURS[job.state]}]"


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
