"""``ragstone snapshots``, ``ragstone diff`` and ``ragstone rollback``: collections through time."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.history import RankingRequest, Rollback
from ragstone_standalone.calling import AsJson, Collection, KeyFile, Url, call
from ragstone_standalone.history_printing import print_diff, print_rankings, print_rollback, print_snapshots

app = typer.Typer(no_args_is_help=True)
out = Console()

Name = Annotated[str, typer.Argument(help="Name of a snapshot.")]
_STATE = "A snapshot, a sequence or an ISO 8601 time."


@app.command()
def take(
    name: Annotated[str | None, typer.Argument(help="By default it is called after its sequence.")] = None,
    collection: Collection = "documents",
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Name what searches see now, and keep all of it."""
    taken = call(url, key_file, lambda client: client.history(collection).take_snapshot(name))
    out.print(f"'{taken.name}' is sequence {taken.sequence} of '{collection}'", markup=False)


@app.command("list")
def list_snapshots(
    collection: Collection = "documents", as_json: AsJson = False, url: Url = None, key_file: KeyFile = None
) -> None:
    """Show the snapshots of a collection."""
    found = call(url, key_file, lambda client: client.history(collection).list_snapshots())
    if as_json:
        out.print_json(data=[one.model_dump(mode="json") for one in found])
    else:
        print_snapshots(found, out)


@app.command()
def delete(name: Name, collection: Collection = "documents", url: Url = None, key_file: KeyFile = None) -> None:
    """Let go of a snapshot; what only it kept is removed."""
    call(url, key_file, lambda client: client.history(collection).delete_snapshot(name))
    out.print(f"'{name}' is gone", markup=False)


def diff(  # noqa: PLR0913  a command has an argument for each of its options
    before: Annotated[str, typer.Argument(help=_STATE)],
    after: Annotated[str | None, typer.Argument(help="The same; by default the present.")] = None,
    collection: Collection = "documents",
    limit: Annotated[int, typer.Option(help="Documents to list at most.", min=1, max=500)] = 20,
    query: Annotated[list[str] | None, typer.Option("--query", "-q", help="What became of its results?")] = None,
    queries: Annotated[Path | None, typer.Option(help="File with a query a line.")] = None,
    as_json: AsJson = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Show what changed in a collection, or with queries what changed in their results."""
    asked = [*(query or []), *(_lines(queries) if queries else [])]
    if asked:
        request = RankingRequest.model_validate({"from": before, "to": after, "queries": asked})
        rankings = call(url, key_file, lambda client: client.history(collection).compare_rankings(request))
        print(rankings.model_dump_json(indent=2)) if as_json else print_rankings(rankings, out)  # noqa: T201
        return
    found = call(url, key_file, lambda client: client.history(collection).diff(before, after, limit=limit))
    print(found.model_dump_json(indent=2)) if as_json else print_diff(found, out)  # noqa: T201


def rollback(
    to: Annotated[str | None, typer.Argument(help=f"{_STATE} Without it, show the last rollback.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to before the last rollback.")] = False,
    collection: Collection = "documents",
    as_json: AsJson = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Go back: searches see the old state when this returns, and the documents follow."""
    if undo and to is not None:
        raise InvalidRequest("either a state to go back to, or --undo")

    async def work(client: GatewayClient) -> Rollback:
        history = client.history(collection)
        if undo:
            return await history.undo_rollback()
        return await history.last_rollback() if to is None else await history.roll_back(to)

    shown = call(url, key_file, work)
    print(shown.model_dump_json(indent=2)) if as_json else print_rollback(shown, out)  # noqa: T201


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line.strip()]
