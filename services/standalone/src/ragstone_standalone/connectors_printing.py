"""Connectors, as a terminal shows them."""

import asyncio
import time

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.connectors import Connector, ConnectorItem, ConnectorState, SyncResult
from ragstone_contracts.errors import DeadlineExceeded

_FIRST_POLL, _LONGEST_POLL = 0.1, 1.0
_UNDER_WAY = (ConnectorState.QUEUED, ConnectorState.SYNCING)
_COLOURS = {
    ConnectorState.IN_STEP: "green",
    ConnectorState.INCOMPLETE: "yellow",
    ConnectorState.FAILED: "red",
}
_COUNTED = ("added", "changed", "unchanged", "deleted", "skipped", "failed")


async def watched(client: GatewayClient, connector_id: str, console: Console, seconds: float = 3600.0) -> Connector:
    """The connector when its sync has ended, with a bar until then. Raises DeadlineExceeded after ``seconds``."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    give_up, pause = time.monotonic() + seconds, _FIRST_POLL
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Syncing", total=1.0)
        while True:
            connector = await client.get_connector(connector_id)
            if connector.state not in _UNDER_WAY:
                return connector
            progress.update(bar, completed=connector.progress, description=_doing(connector))
            if time.monotonic() > give_up:
                raise DeadlineExceeded(f"{connector.name!r} is still {connector.state} after {seconds:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_POLL)


def _doing(connector: Connector) -> str:
    sync = connector.sync
    if sync is not None and sync.error is not None:
        return escape(f"{connector.name}: {sync.error.detail}; trying again")
    return escape(f"{connector.name}: {connector.step or connector.state} {'' if sync is None else summary(sync)}")


def summary(sync: SyncResult) -> str:
    """The counts that are not zero, in words."""
    said = [f"{getattr(sync, name)} {name}" for name in _COUNTED if getattr(sync, name)]
    return ", ".join(said) or "nothing"


def print_outcome(connector: Connector, console: Console) -> None:
    """What the last sync did, and what it wants of a person."""
    sync = connector.sync
    colour = _COLOURS.get(connector.state, "white")
    console.print(f"{escape(connector.name)}: [{colour}]{connector.state}[/{colour}]", highlight=False, end="")
    console.print("" if sync is None else f": {summary(sync)}", highlight=False)
    if sync is None:
        return
    if on_the_way := sync.added + sync.changed:
        console.print(f"  {on_the_way} documents are on their way in and answer once they are read", style="dim")
    for code, count in sorted(sync.reasons.items()):
        console.print(f"  {count} x {code}", style="yellow", markup=False)
    if sync.error is not None:
        console.print(f"  {sync.error.code}: {sync.error.detail}", style="red", markup=False)
    if sync.held_back:
        console.print(
            f"  {sync.held_back} documents are gone from the source, which is more than may be deleted at once; "
            f"'ragstone connectors sync {connector.name} --confirm-deletions' deletes them",
            style="yellow",
            markup=False,
        )
    if sync.truncated:
        console.print("  The source holds more items than the connector takes; nothing was deleted.", style="yellow")


def print_connectors(connectors: list[Connector], console: Console) -> None:
    table = Table("name", "kind", "collection", "state", "last sync", "in step", "next")
    for one in connectors:
        colour = _COLOURS.get(one.state, "white")
        done = "" if one.sync is None else summary(one.sync)
        times = [_moment(one.synced_at), _moment(one.next_sync_at)]
        name, collection = escape(one.name), escape(one.collection)
        table.add_row(name, one.kind, collection, f"[{colour}]{one.state}[/{colour}]", done, *times)
    console.print(table)


def print_connector(connector: Connector, items: list[ConnectorItem], console: Console) -> None:
    """Everything about a connector, and the items that were not taken."""
    print_connectors([connector], console)
    print_outcome(connector, console)
    for name, value in [("id", connector.id), *connector.config.items(), ("acl", ", ".join(connector.acl))]:
        console.print(f"  {name}: {value}", markup=False, highlight=False, soft_wrap=True)
    if items:
        table = Table("item", "state", "reason")
        for item in items:
            reason = "" if item.error is None else f"{item.error.code}: {item.error.detail}"
            table.add_row(escape(item.source), item.state, escape(reason))
        console.print(table)


def _moment(at: float | None) -> str:
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
