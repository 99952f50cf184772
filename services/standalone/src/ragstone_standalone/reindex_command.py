"""``ragstone reindex``: a collection made anew, with another embedder or cut otherwise, while it answers."""

import asyncio
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.reindexing import NewReindex, Reindex, ReindexSettings, ReindexState
from ragstone_standalone.calling import AsJson, KeyFile, Url, call

app = typer.Typer(no_args_is_help=True)
out = Console()

_LOOK_SECONDS = 0.5
_ENDED = (ReindexState.RETIRING, ReindexState.DONE, ReindexState.CANCELLED, ReindexState.FAILED)
Name = Annotated[str, typer.Argument(help="Name or id of a collection.")]


@app.command()
def start(  # noqa: PLR0913  a command has an argument for each of its options
    collection: Name,
    embedder: Annotated[str | None, typer.Option(help="The embedder's name, as the router knows it.")] = None,
    chunker: Annotated[str | None, typer.Option(help="The chunker's name.")] = None,
    chunk_tokens: Annotated[int | None, typer.Option(help="The most that is embedded as one, in tokens.")] = None,
    chunk_overlap: Annotated[
        int | None, typer.Option(help="What a chunk repeats of the one before, in tokens.")
    ] = None,
    parent_tokens: Annotated[int | None, typer.Option(help="The most 'parent-child' returns as one.")] = None,
    window_sentences: Annotated[int | None, typer.Option(help="What 'sentence-window' returns on either side.")] = None,
    wait: Annotated[bool, typer.Option(help="Wait until the new index answers.")] = True,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Embed or cut a collection anew; what no option names stays as it is."""
    given = {
        "embedder": embedder,
        "chunker": chunker,
        "chunk_tokens": chunk_tokens,
        "chunk_overlap": chunk_overlap,
        "parent_tokens": parent_tokens,
        "window_sentences": window_sentences,
    }
    settings = ReindexSettings.model_validate({name: value for name, value in given.items() if value is not None})

    async def work(client: GatewayClient) -> Reindex:
        begun = await client.reindex(collection, NewReindex(settings=settings))
        return await _watch(client, begun) if wait else begun

    _print(call(url, key_file, work))


@app.command()
def status(collection: Name, as_json: AsJson = False, url: Url = None, key_file: KeyFile = None) -> None:
    """Show where a collection's last reindexing stands."""
    found = call(url, key_file, lambda client: client.get_reindex(collection))
    if as_json:
        print(found.model_dump_json(indent=2))  # noqa: T201
    else:
        _print(found)


@app.command()
def cancel(collection: Name, url: Url = None, key_file: KeyFile = None) -> None:
    """Give the new index up, unless it answers already."""
    _print(call(url, key_file, lambda client: client.cancel_reindex(collection)))


async def _watch(client: GatewayClient, begun: Reindex) -> Reindex:
    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %")]
    with Progress(*columns, TimeElapsedColumn(), console=out, transient=True) as bar:
        task, now = bar.add_task(begun.state, total=1.0), begun
        while now.state not in _ENDED:
            await asyncio.sleep(_LOOK_SECONDS)
            now = await client.get_reindex(begun.collection_id)
            bar.update(task, description=now.state, completed=now.progress)
    return now


def _print(found: Reindex) -> None:
    out.print(f"{found.collection}: {found.state}, {found.built} of {found.versions} versions")
    if found.eta_seconds is not None:
        out.print(f"built in about {found.eta_seconds:.0f} s")
    if found.sample is not None:
        sample = found.sample
        out.print(f"of {sample.texts} texts {sample.found} found; both name {sample.agreement:.0%} of the nearest")
    if found.error is not None:
        out.print(f"{found.error.code}: {found.error.detail}", style="red", markup=False)
    if found.state is ReindexState.FAILED:
        raise typer.Exit(1)
