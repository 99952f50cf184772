"""What ``ragstone snapshots``, ``diff`` and ``rollback`` print."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from ragstone_contracts.errors import InvalidRequest
from ragstone_contracts.history import (
    Change,
    ChangeCounts,
    CollectionDiff,
    DocumentChange,
    RankedResult,
    RankingChange,
    RankingDiff,
    Rollback,
    Snapshot,
)
from ragstone_standalone.history_command import rollback
from ragstone_standalone.history_printing import print_diff, print_rankings, print_rollback, print_snapshots


def printed(show: Callable[[Any, Console], None], what: Any) -> str:
    out = io.StringIO()
    show(what, Console(file=out, width=160))
    return out.getvalue()


def result(before: int | None, after: int | None) -> RankedResult:
    return RankedResult(
        document_id="d", title="Tide [table]", start=0, end=9, text="High tide", before=before, after=after
    )


def test_snapshots_are_a_line_each_and_none_is_said_so() -> None:
    assert printed(print_snapshots, []) == "no snapshots\n"
    taken = Snapshot(name="before-rollback-1", sequence=7, automatic=True, created_at=0.0, created_by="ann")
    shown = printed(print_snapshots, [taken])
    assert "before-rollback-1  7         1970-01-01 00:00:00Z  ann, before a rollback" in shown


def test_a_difference_is_a_line_a_document() -> None:
    counts = ChangeCounts(added=1, changed=2)
    changed = DocumentChange(change=Change.CHANGED, document_id="d", filename="[a].txt", chunks=counts)
    diff = CollectionDiff(
        collection_id="c",
        from_sequence=3,
        to_sequence=5,
        documents=ChangeCounts(changed=2),
        chunks=counts,
        listed=[changed],
        truncated=True,
    )
    lines = printed(print_diff, diff).splitlines()
    assert lines == [
        "sequence 3 to 5: documents +0 ~2 -0",
        "~ [a].txt chunks +1 ~2 -0",
        "there are more; raise --limit",
    ]


def test_rankings_show_the_rank_before_and_after() -> None:
    change = RankingChange(
        query="tide", entered=[result(None, 1)], left=[result(3, None)], moved=[result(1, 2)], kept=4
    )
    same = RankingChange(query="same", entered=[], left=[], moved=[], kept=5)
    diff = RankingDiff(collection_id="c", from_sequence=3, to_sequence=5, changed_queries=1, queries=[change, same])
    lines = printed(print_rankings, diff).splitlines()
    assert lines[0] == "sequence 3 to 5: 1 of 2 queries have other results"
    assert [line.split(" Tide")[0].strip() for line in lines[2:]] == ["- > 1", "3 > -", "1 > 2"]


def test_a_rollback_says_where_it_stands_and_how_it_is_undone() -> None:
    begun = Rollback(
        collection_id="c",
        number=2,
        to="then",
        sequence=3,
        before="before-rollback-2",
        state="running",
        unsettled=5,
        failed=["d9"],
        created_at=0.0,
        created_by="ann",
    )
    lines = printed(print_rollback, begun).splitlines()
    assert lines[1] == "searches see the old state already; 5 documents to go"
    assert lines[2].endswith("d9")
    assert lines[3] == "'ragstone rollback before-rollback-2' undoes it"


def test_a_state_and_undo_at_once_are_refused() -> None:
    with pytest.raises(InvalidRequest):
        rollback("then", undo=True)
