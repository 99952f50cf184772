"""Showing what a reconciliation found."""

from rich.console import Console
from rich.table import Table

from ragstone_contracts.maintenance import ReconcileReport


def print_report(report: ReconcileReport, out: Console) -> None:
    """A line for each store in which something was found."""
    found = {store: count for store, count in report.stores.items() if count.found}
    if not found:
        out.print("every store is in order")
        return
    table = Table("store", "found", "removed", "repaired")
    for store, count in found.items():
        table.add_row(store, str(count.found), str(count.removed), str(count.repaired))
    out.print(table)
