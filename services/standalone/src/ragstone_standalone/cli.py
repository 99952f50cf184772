"""The ``ragstone`` command: the public API from a terminal, and ``ragstone up``."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.chat import ChatRequest
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import InvalidRequest, RagstoneError
from ragstone_contracts.search import ALL_COLLECTIONS, SearchRequest
from ragstone_evals.cli import app as eval_app
from ragstone_standalone.calling import AsJson, Collection, KeyFile, Url, call
from ragstone_standalone.connectors_command import app as connectors_app
from ragstone_standalone.history_command import app as snapshots_app
from ragstone_standalone.history_command import diff, rollback
from ragstone_standalone.ingest_command import ingest as ingest_files
from ragstone_standalone.jobs_command import app as jobs_app
from ragstone_standalone.printing import print_answer, print_error, print_results
from ragstone_standalone.reconcile_command import print_report
from ragstone_standalone.reindex_command import app as reindex_app
from ragstone_standalone.router_command import app as router_app
from ragstone_standalone.settings import StandaloneSettings
from ragstone_standalone.share_command import move, share
from ragstone_standalone.why_not_command import why_not

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Answers from your documents, with proof.")
app.add_typer(connectors_app, name="connectors", help="Keep collections in step with folders, sites and others.")
app.add_typer(jobs_app, name="jobs", help="What ingestion is at work on, and what failed.")
app.add_typer(snapshots_app, name="snapshots", help="Names for what collections are, which keep it.")
app.add_typer(reindex_app, name="reindex", help="Another embedder or chunker for a collection, while it answers.")
app.add_typer(router_app, name="router", help="Which model answers what.")
app.add_typer(eval_app, name="eval", help="Measure Ragstone through its public API.")
app.command("why-not")(why_not)
app.command()(diff)
app.command()(rollback)
app.command()(share)
app.command()(move)
out, err = Console(), Console(stderr=True)


@app.command()
def up(
    data_dir: Annotated[Path | None, typer.Option(help="Where everything is kept.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; the next free one if taken.")] = None,
    demo: Annotated[Path | None, typer.Option(help="Folder to ingest into the demo collection.")] = None,
    model: Annotated[str | None, typer.Option(help="extractive, or local: a small generative model too.")] = None,
) -> None:
    """Start Ragstone in one process and serve it until Ctrl-C."""
    options = {"data_dir": data_dir, "host": host, "port": port, "demo": demo, "model": model}
    given = {name: value for name, value in options.items() if value is not None}
    settings = StandaloneSettings.model_validate(StandaloneSettings().model_dump() | given)
    # The server takes this process over: importing every service here would slow each of the other commands down.
    server = [sys.executable, "-m", "ragstone_standalone.server", settings.model_dump_json()]
    os.execv(sys.executable, server)  # noqa: S606  its own interpreter and module


@app.command()
def ingest(paths: list[Path], collection: Collection = "documents", url: Url = None, key_file: KeyFile = None) -> None:
    """Upload files, or all files below folders, and wait until each is ready."""

    async def work(client: GatewayClient) -> int:
        if all(collection not in (one.name, one.id) for one in await client.list_collections()):
            await client.create_collection(NewCollection(name=collection))
        report = await ingest_files(client, collection, paths, out)
        chunks = sum(document.chunks or 0 for document in report.ready)
        out.print(f"{len(report.ready)} documents ready ({chunks} chunks) in collection '{collection}'")
        for name, reason in report.failed.items():
            err.print(f"not ingested: {name}: {reason}", style="red", markup=False)
        return len(report.failed)

    if call(url, key_file, work):
        raise typer.Exit(1)


@app.command()
def ask(
    question: str,
    collection: Collection = ALL_COLLECTIONS,
    as_json: AsJson = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Ask a question and print the answer with its proof."""
    request = ChatRequest(question=question, collection=collection)
    answer = call(url, key_file, lambda client: client.chat(request))
    if as_json:
        print(answer.model_dump_json(indent=2))
    else:
        print_answer(answer, out)


@app.command()
def search(
    query: str,
    collection: Collection = ALL_COLLECTIONS,
    limit: int = 5,
    strategy: Annotated[
        str | None, typer.Option(help="dense, sparse, hybrid or rrf, and steps: hybrid+rerank.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="What was found then: a snapshot, sequence or time.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Search without answering."""
    request = SearchRequest(query=query, collection=collection, limit=limit, strategy=strategy, as_of=as_of)
    response = call(url, key_file, lambda client: client.search(request))
    if as_json:
        print(response.model_dump_json(indent=2))
    else:
        print_results(response, out)


@app.command()
def status(url: Url = None, key_file: KeyFile = None) -> None:
    """Show whether Ragstone is ready, and its collections."""

    async def work(client: GatewayClient) -> None:
        readiness = await client.readyz()
        out.print("ready" if readiness.ready else f"not ready: {readiness.checks}")
        table = Table("collection", "id", "documents")
        for collection in await client.list_collections():
            table.add_row(collection.name, collection.id, str(collection.documents))
        out.print(table)

    call(url, key_file, work)


@app.command()
def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only, change nothing.")] = False,
    as_json: AsJson = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Find what belongs to nothing in any store and remove it, and mend what is not whole."""
    report = call(url, key_file, lambda client: client.reconcile(dry_run=dry_run))
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        print_report(report, out)


def main() -> None:
    """Run the command; an error of the platform is one line with its code, and exit status 1."""
    try:
        app()
    except RagstoneError as error:
        print_error(error)
        raise SystemExit(1) from error
    except ValueError as error:
        print_error(InvalidRequest(str(error)))
        raise SystemExit(1) from error
