"""What ``ragstone reconcile`` prints."""

import io

from rich.console import Console

from ragstone_contracts.maintenance import Reconciled, ReconcileReport
from ragstone_standalone.reconcile_command import print_report


def printed(report: ReconcileReport) -> str:
    out = io.StringIO()
    print_report(report, Console(file=out, width=80))
    return out.getvalue()


def test_stores_in_order_are_one_line() -> None:
    assert printed(ReconcileReport({"index": Reconciled(), "parsed": Reconciled()})) == "every store is in order\n"


def test_what_was_found_is_a_line_a_store() -> None:
    shown = printed(ReconcileReport({"index": Reconciled(found=3, removed=2, repaired=1), "parsed": Reconciled()}))
    assert [word for word in shown.split() if word.isalnum()][-4:] == ["index", "3", "2", "1"]
    assert "parsed" not in shown
