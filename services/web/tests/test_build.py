"""The built page that ships: whole, that of the sources, and free of anything its policy refuses."""

import hashlib
import re
from pathlib import Path

import pytest

from ragstone_web import static_root

ROOT = Path(__file__).parents[1]
FILES = ["index.html", "package.json", "package-lock.json", "stamp.ts", "tsconfig.json", "vite.config.ts"]
MAX_BYTES = 300_000


def _source_paths() -> list[str]:
    in_folders = [path for folder in ("app", "public") for path in (ROOT / folder).rglob("*") if path.is_file()]
    sources = [path.relative_to(ROOT).as_posix() for path in in_folders if ".test." not in path.name]
    return sorted([*FILES, *sources])


def _stamp() -> str:
    lines = [f"{hashlib.sha256((ROOT / path).read_bytes()).hexdigest()}  {path}\n" for path in _source_paths()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_committed_build_is_that_of_the_sources() -> None:
    built = (static_root() / "sources.sha256").read_text().strip()
    assert built == _stamp(), "the sources have changed since the page was built: run 'make web' and commit the result"


def test_everything_the_page_refers_to_is_there_and_relative() -> None:
    html = (static_root() / "index.html").read_text()
    references = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(references) >= 3
    for reference in references:
        assert reference.startswith("./")
        assert (static_root() / reference).is_file()


@pytest.mark.requirement("WEB-2")
def test_nothing_in_the_page_is_inline() -> None:
    html = (static_root() / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=", html) == []
    styles = "".join(path.read_text() for path in (static_root() / "assets").glob("*.css"))
    assert re.findall(r"@import|data:|https?://", styles) == []


def test_the_page_is_small() -> None:
    files = [path for path in static_root().rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MAX_BYTES


def test_no_registry_address_is_in_the_lock() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
