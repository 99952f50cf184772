"""Collections through time, as a terminal shows them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ragstone_contracts.history import (
    ChangeCounts,
    CollectionDiff,
    RankedResult,
    RankingDiff,
    Rollback,
    Snapshot,
)

_SIGNS = {"added": "[green]+[/green]", "changed": "[yellow]~[/yellow]", "removed": "[red]-[/red]"}


def print_snapshots(found: Sequence[Snapshot], out: Console) -> None:
    if not found:
        out.print("no snapshots")
        return
    table = Table("snapshot", "sequence", "taken", "by", box=None)
    for one in found:
        by = f"{one.created_by}, before a rollback" if one.automatic else one.created_by
        table.add_row(escape(one.name), str(one.sequence), _clock(one.created_at), escape(by))
    out.print(table)


def print_diff(diff: CollectionDiff, out: Console) -> None:
    """A line for each document, and how many of its chunks differ."""
    out.print(f"sequence {diff.from_sequence} to {diff.to_sequence}: documents {_counts(diff.documents)}")
    for one in diff.listed:
        out.print(f"{_SIGNS[one.change]} {escape(one.filename)} [dim]chunks {_counts(one.chunks)}[/dim]")
    if diff.truncated:
        out.print("[dim]there are more; raise --limit[/dim]")


def print_rankings(diff: RankingDiff, out: Console) -> None:
    """What entered, left and moved, query by query."""
    out.print(
        f"sequence {diff.from_sequence} to {diff.to_sequence}: "
        f"{diff.changed_queries} of {len(diff.queries)} queries have other results"
    )
    for change in diff.queries:
        if change.entered or change.left or change.moved:
            out.print(f"[bold]{escape(change.query)}[/bold] [dim]{change.kept} kept their rank[/dim]")
        for results in (change.entered, change.left, change.moved):
            for one in results:
                out.print(f"  {_ranks(one)} {escape(one.title)} [dim]{escape(_excerpt(one.text))}[/dim]")


def print_rollback(rollback: Rollback, out: Console) -> None:
    out.print(
        f"rollback {rollback.number} to '{escape(rollback.to)}' (sequence {rollback.sequence}): {rollback.state}",
        highlight=False,
    )
    if rollback.state == "running":
        left = "" if rollback.unsettled is None else f"; {rollback.unsettled} documents to go"
        out.print(f"searches see the old state already{left}")
    for document_id in rollback.failed:
        out.print(f"could not be made what it was: {document_id}", style="red", markup=False)
    out.print(f"'ragstone rollback {escape(rollback.before)}' undoes it", highlight=False)


def _counts(counts: ChangeCounts) -> str:
    return f"+{counts.added} ~{counts.changed} -{counts.removed}"


def _ranks(one: RankedResult) -> str:
    before, after = ("-" if rank is None else str(rank) for rank in (one.before, one.after))
    return f"[cyan]{before} > {after}[/cyan]"


def _excerpt(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 70 else words[:69] + "…"


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
