import io
from pathlib import Path

import pytest
from rich.console import Console

from ragstone_contracts.connectors import (
    Connector,
    ConnectorItem,
    ConnectorState,
    ItemState,
    NewConnector,
    SyncFilters,
    SyncResult,
)
from ragstone_contracts.documents import DocumentError
from ragstone_contracts.errors import InvalidRequest
from ragstone_standalone.connectors_command import _new, _seconds
from ragstone_standalone.connectors_printing import print_connector, print_connectors, print_outcome, summary
from ragstone_standalone.data_folder import DataFolder


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def connector(state: ConnectorState = ConnectorState.IN_STEP, **sync: object) -> Connector:
    return Connector(
        id="c1",
        name="handbook",
        kind="folder",
        collection="demo",
        collection_id="d1",
        config={"path": "/shared/[handbook]"},
        filters=SyncFilters(),
        acl=["*"],
        state=state,
        progress=1.0,
        sync=SyncResult.model_validate({"started_at": 0.0} | sync),
        created_at=0.0,
    )


def test_a_folder_is_allowed_once_with_all_below_it(folder: DataFolder, tmp_path: Path) -> None:
    folder.root.mkdir()
    assert folder.allow_connectors(tmp_path / "a")
    assert not folder.allow_connectors(tmp_path / "a" / "below")
    assert folder.allow_connectors(tmp_path / "ab")
    assert folder.connector_roots_file.read_text() == f"{tmp_path}/a\n{tmp_path}/ab\n"
    with pytest.raises(ValueError, match="line break"):
        folder.allow_connectors(tmp_path / "a\nb" / "..\n")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("6h", 21_600), ("1d", 86_400)])
def test_times_are_written_with_a_unit(text: str, seconds: float) -> None:
    assert _seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "-1h", "1.5h", "1w"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        _seconds(text)


@pytest.mark.parametrize(("name", "taken"), [("docs/ü[1]", "docs-ü-1"), ("../..", "git"), ("a.b", "a.b")])
def test_a_name_made_of_a_path_is_one_the_api_takes(name: str, taken: str) -> None:
    made = _new(name, "git", "demo", {"url": "x", "branch": None}, (None, ["*.md"], None))
    assert (made.name, made.config, made.filters.include) == (taken, {"url": "x"}, ["*.md"])
    NewConnector.model_validate(made.model_dump())


def test_an_outcome_says_what_was_done_and_what_a_person_must_do(console: Console) -> None:
    held = connector(
        ConnectorState.INCOMPLETE, added=2, skipped=1, held_back=7, reasons={"too_large": 1}, truncated=True
    )
    print_outcome(held, console)
    text = shown(console)
    assert "handbook: incomplete: 2 added, 1 skipped" in text
    assert "1 x too_large" in text
    assert "7 documents" in text
    assert "--confirm-deletions" in text
    assert "nothing was deleted" in text


def test_a_failure_is_shown_with_its_code(console: Console) -> None:
    error = DocumentError(code="source_unavailable", detail="the folder is not there [x]")
    print_outcome(connector(ConnectorState.FAILED, error=error), console)
    assert "source_unavailable: the folder is not there [x]" in shown(console)


def test_a_connector_is_shown_with_what_was_not_taken(console: Console) -> None:
    item = ConnectorItem(
        key="a",
        source="[a].bin",
        filename="a.bin",
        state=ItemState.SKIPPED,
        error=DocumentError(code="unsupported_type", detail="no [text]"),
        updated_at=0.0,
    )
    print_connector(connector(unchanged=3), [item], console)
    text = shown(console)
    assert "/shared/[handbook]" in text
    assert "[a].bin" in text
    assert "unsupported_type: no [text]" in text
    assert "3 unchanged" in text


def test_a_connector_that_never_synced_is_a_row_too(console: Console) -> None:
    print_connectors([connector(ConnectorState.NEW).model_copy(update={"sync": None})], console)
    assert "new" in shown(console)
    assert summary(SyncResult(started_at=0.0)) == "nothing"
