import json
import subprocess
import sys
from pathlib import Path

import pytest

from .corpus import note
from .running import Ragstone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.md").write_text("# Bridges\n\nThe Halden bridge was painted green in 1988.")
    (folder / "deep" / "a.md").write_text(note(7))
    (folder / ".hidden").write_text("nothing to see")
    return folder


def _run(ragstone: Ragstone, *arguments: str) -> subprocess.CompletedProcess[str]:
    where = ["--url", ragstone.url, "--key-file", str(ragstone.data_dir / "api-key")]
    command = [sys.executable, "-m", "ragstone_standalone", *arguments, *where]
    return subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)


def test_a_folder_is_ingested_and_asked_from_a_terminal(ragstone: Ragstone, folder: Path) -> None:
    ingested = _run(ragstone, "ingest", str(folder), "--collection", "terminal")
    assert ingested.returncode == 0, ingested.stderr
    assert "2 documents ready" in ingested.stdout
    asked = _run(ragstone, "ask", "When was the Halden bridge painted?", "-c", "terminal", "--json")
    answer = json.loads(asked.stdout)
    assert "1988" in answer["answer"]
    assert answer["citations"][0]["quote"] == "The Halden bridge was painted green in 1988."
    shown = _run(ragstone, "ask", "When was the Halden bridge painted?", "-c", "terminal")
    assert "[1]" in shown.stdout
    assert "a.md" in shown.stdout or "Bridges" in shown.stdout
    assert "terminal" in _run(ragstone, "status").stdout
    assert "Halden" in _run(ragstone, "search", "bridge painted", "-c", "terminal").stdout


def test_a_file_that_cannot_be_taken_is_named_with_its_reason(ragstone: Ragstone, folder: Path) -> None:
    (folder / "empty.txt").touch()
    ingested = _run(ragstone, "ingest", str(folder), "--collection", "terminal")
    assert ingested.returncode == 1
    assert "2 documents ready" in ingested.stdout
    assert "empty.txt: empty_document" in ingested.stderr


def test_an_unknown_collection_is_one_line_with_its_code(ragstone: Ragstone) -> None:
    asked = _run(ragstone, "ask", "Why?", "-c", "nowhere")
    assert asked.returncode == 1
    assert asked.stderr.startswith("not_found: ")


def test_what_belongs_to_nothing_is_removed_from_a_terminal(ragstone: Ragstone, folder: Path) -> None:
    _run(ragstone, "ingest", str(folder), "--collection", "terminal")
    orphan = ragstone.data_dir / "objects" / "originals" / "local" / "00" / "00"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_text("nobody's")
    counted = json.loads(_run(ragstone, "reconcile", "--dry-run", "--json").stdout)
    assert counted["originals"] == {"found": 1, "removed": 0, "repaired": 0}
    assert "originals" in _run(ragstone, "reconcile").stdout
    assert not orphan.exists()
