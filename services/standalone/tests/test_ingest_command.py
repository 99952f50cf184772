import io
from pathlib import Path
from typing import Any

from rich.console import Console

from ragstone_clients.gateway import GatewayClient
from ragstone_contracts.documents import DocumentAccepted, NewCollection
from ragstone_contracts.errors import RagstoneError
from ragstone_kit.transport import AsgiTransport
from ragstone_standalone.ingest_command import files_below, ingest
from ragstone_testing.public_api import API_KEY, create_public_api


def _tree(root: Path) -> Path:
    for name in ("b.md", "a.md", "deep/a.md", ".hidden", ".git/config"):
        path = root / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}")
    return root / "notes"


def test_files_of_a_folder_are_named_by_their_path_below_it_and_hidden_ones_are_left(tmp_path: Path) -> None:
    notes = _tree(tmp_path)
    assert [file.name for file in files_below([notes])] == ["a.md", "b.md", "deep/a.md"]
    assert [file.name for file in files_below([notes / "b.md"])] == ["b.md"]


class _Full(GatewayClient):
    """Its queue is full the first time."""

    refused = 0

    async def upload(self, *args: Any, **kwargs: Any) -> DocumentAccepted:
        if self.refused == 0:
            self.refused += 1
            refusal = RagstoneError("come again", retry_after=0.01)
            refusal.code = "queue_full"
            raise refusal
        return await super().upload(*args, **kwargs)


async def test_when_the_queue_is_full_it_comes_again(tmp_path: Path) -> None:
    client = _Full(AsgiTransport(create_public_api()), API_KEY)
    async with client:
        await client.create_collection(NewCollection(name="notes"))
        report = await ingest(client, "notes", [_tree(tmp_path)], Console(file=io.StringIO()))
    assert (client.refused, len(report.ready), report.failed) == (1, 3, {})


async def test_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    notes, missing = _tree(tmp_path), tmp_path / "missing.md"
    async with GatewayClient(AsgiTransport(create_public_api()), API_KEY) as client:
        await client.create_collection(NewCollection(name="notes"))
        report = await ingest(client, "notes", [missing, notes], Console(file=io.StringIO()))
    assert len(report.ready) == 3
    assert list(report.failed) == ["missing.md"]
