"""``ragstone connectors``: keep collections in step with folders, web sites, buckets and repositories."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.connectors import Connector, ItemState, NewConnector, SyncFilters, SyncRequest
from ragstone_contracts.documents import NewCollection
from ragstone_contracts.errors import InvalidRequest, NotFound
from ragstone_standalone.calling import AsJson, Collection, KeyFile, Url, call
from ragstone_standalone.client import local_data_folder
from ragstone_standalone.connectors_printing import print_connector, print_connectors, print_outcome, watched

app = typer.Typer(no_args_is_help=True)
add = typer.Typer(no_args_is_help=True)
app.add_typer(add, name="add", help="Set a connector up and sync it.")
out = Console()

Name = Annotated[str, typer.Option(help="What it is called; its documents' names begin with it.")]
Every = Annotated[str | None, typer.Option(help="Sync by itself this often: 90s, 15m, 6h, 1d.")]
Include = Annotated[list[str] | None, typer.Option(help="Glob of paths to take; * also stands for /. Repeatable.")]
Exclude = Annotated[list[str] | None, typer.Option(help="Glob of paths to leave out. Repeatable.")]
Secret = Annotated[str | None, typer.Option(help="Name of a secret in the server's settings.")]
Which = Annotated[str, typer.Argument(help="Name or id of a connector.")]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_NOT_IN_NAMES = re.compile(r"[^\w .@-]+")


@add.command()
def folder(  # noqa: PLR0913  a command has an argument for each of its options
    path: Path,
    collection: Collection = "documents",
    name: Name = "",
    every: Every = None,
    include: Include = None,
    exclude: Exclude = None,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Files below a folder of the machine Ragstone runs on.

    With the Ragstone of this data folder, the folder is allowed to connectors by being added here.
    """
    resolved = path.resolve()
    _allow(resolved, url)
    new = _new(name or resolved.name, "folder", collection, {"path": str(resolved)}, (every, include, exclude))
    _set_up(new, url, key_file)


@add.command()
def web(  # noqa: PLR0913  as above
    urls: Annotated[list[str] | None, typer.Argument(help="Pages or files.")] = None,
    sitemap: Annotated[list[str] | None, typer.Option(help="URL of a sitemap. Repeatable.")] = None,
    rate: Annotated[float, typer.Option(help="Requests a second to one host.")] = 2.0,
    secret: Secret = None,
    collection: Collection = "documents",
    name: Name = "web",
    every: Every = None,
    include: Include = None,
    exclude: Exclude = None,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Web pages and files by URL, or all that sitemaps list."""
    config = {"urls": urls or [], "sitemaps": sitemap or [], "requests_per_second": rate, "secret": secret}
    _set_up(_new(name, "web", collection, config, (every, include, exclude)), url, key_file)


@add.command()
def s3(  # noqa: PLR0913  as above
    bucket: str,
    prefix: Annotated[str, typer.Option(help="Only objects whose keys begin with it.")] = "",
    endpoint: Annotated[str | None, typer.Option(help="Base URL of the store; by default Amazon's.")] = None,
    region: Annotated[str, typer.Option(help="Region of the bucket.")] = "us-east-1",
    secret: Secret = None,
    collection: Collection = "documents",
    name: Name = "",
    every: Every = None,
    include: Include = None,
    exclude: Exclude = None,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Objects of an S3-compatible bucket."""
    config = {"bucket": bucket, "prefix": prefix, "endpoint": endpoint, "region": region, "secret": secret}
    _set_up(_new(name or bucket, "s3", collection, config, (every, include, exclude)), url, key_file)


@add.command()
def git(  # noqa: PLR0913  as above
    repository: Annotated[str, typer.Argument(help="https URL, or a folder of the machine Ragstone runs on.")],
    branch: Annotated[str | None, typer.Option(help="By default the one the repository is on.")] = None,
    path: Annotated[str, typer.Option(help="Only files below this folder of the repository.")] = "",
    secret: Secret = None,
    collection: Collection = "documents",
    name: Name = "",
    every: Every = None,
    include: Include = None,
    exclude: Exclude = None,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Files of a Git repository's newest commit."""
    if Path(repository).is_dir():
        repository = str(Path(repository).resolve())
        _allow(Path(repository), url)
    config = {"url": repository, "branch": branch, "path": path, "secret": secret}
    called = name or repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
    _set_up(_new(called, "git", collection, config, (every, include, exclude)), url, key_file)


@app.command("list")
def list_connectors(as_json: AsJson = False, url: Url = None, key_file: KeyFile = None) -> None:
    """Show all connectors and where they stand."""
    connectors = call(url, key_file, lambda client: client.list_connectors())
    if as_json:
        print("[" + ",".join(one.model_dump_json() for one in connectors) + "]")  # noqa: T201
    else:
        print_connectors(connectors, out)


@app.command()
def show(connector: Which, as_json: AsJson = False, url: Url = None, key_file: KeyFile = None) -> None:
    """Show one connector, its last sync, and the items that were not taken."""

    async def work(client: GatewayClient) -> None:
        found = await _find(client, connector)
        if as_json:
            print(found.model_dump_json(indent=2))  # noqa: T201
            return
        states = (ItemState.FAILED, ItemState.SKIPPED)
        pages = [await client.list_connector_items(found.id, state=state, limit=50) for state in states]
        print_connector(found, [item for page in pages for item in page.items], out)

    call(url, key_file, work)


@app.command()
def sync(
    connector: Which,
    full: Annotated[bool, typer.Option(help="Read every item again, changed or not.")] = False,
    confirm_deletions: Annotated[bool, typer.Option(help="Delete what is gone, however much that is.")] = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Sync now and wait for the result."""

    async def work(client: GatewayClient) -> Connector:
        found = await _find(client, connector)
        return await _synced(client, found, SyncRequest(full=full, confirm_deletions=confirm_deletions))

    _report(call(url, key_file, work))


@app.command()
def remove(
    connector: Which,
    documents: Annotated[bool, typer.Option(help="Delete its documents too.")] = False,
    url: Url = None,
    key_file: KeyFile = None,
) -> None:
    """Remove a connector; its documents stay unless told otherwise."""

    async def work(client: GatewayClient) -> str:
        found = await _find(client, connector)
        await client.delete_connector(found.id, remove_documents=documents)
        return found.name

    removed = call(url, key_file, work)
    out.print(f"{removed} is removed; its documents {'go too' if documents else 'stay'}", markup=False)


def _new(
    name: str,
    kind: str,
    collection: str,
    config: dict[str, Any],
    when_and_what: tuple[str | None, list[str] | None, list[str] | None],
) -> NewConnector:
    every, include, exclude = when_and_what
    return NewConnector(
        name=_NOT_IN_NAMES.sub("-", name).strip("-. ") or kind,
        kind=kind,
        collection=collection,
        config={key: value for key, value in config.items() if value is not None},
        filters=SyncFilters(include=include or [], exclude=exclude or []),
        every_seconds=None if every is None else _seconds(every),
    )


def _seconds(text: str) -> float:
    """``15m`` and the like. Raises InvalidRequest."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdigit():
        raise InvalidRequest(f"{text!r} is no time between syncs; write 90s, 15m, 6h or 1d")
    return float(int(number) * _UNITS[unit])


def _allow(folder: Path, url: str | None) -> None:
    """Who may write the data folder may decide what the Ragstone of this folder reads; elsewhere its operator does."""
    data = local_data_folder(url)
    if data is not None and data.root.is_dir() and data.allow_connectors(folder):
        out.print(f"connectors may now read below {folder} (see {data.connector_roots_file})", markup=False)


def _set_up(new: NewConnector, url: str | None, key_file: Path | None) -> None:
    async def work(client: GatewayClient) -> Connector:
        if all(new.collection not in (one.name, one.id) for one in await client.list_collections()):
            await client.create_collection(NewCollection(name=new.collection))
        return await _synced(client, await client.create_connector(new), SyncRequest())

    _report(call(url, key_file, work))


async def _synced(client: GatewayClient, connector: Connector, asked: SyncRequest) -> Connector:
    await client.sync_connector(connector.id, asked)
    return await watched(client, connector.id, out)


async def _find(client: GatewayClient, name_or_id: str) -> Connector:
    """The connector of that id or name, or of ``collection/name``. Raises NotFound, or InvalidRequest for several."""
    listed = await client.list_connectors()
    found = [one for one in listed if name_or_id in (one.id, one.name, f"{one.collection}/{one.name}")]
    if not found:
        raise NotFound(f"there is no connector {name_or_id!r}")
    if len(found) > 1:
        names = ", ".join(f"{one.collection}/{one.name}" for one in found)
        raise InvalidRequest(f"which one: {names}?")
    return found[0]


def _report(connector: Connector) -> None:
    print_outcome(connector, out)
    if connector.sync is not None and connector.sync.error is not None:
        raise typer.Exit(1)
