"""What the architecture tests look at: the files that belong to the project."""

from pathlib import Path

import pytest

_NOT_OURS = {".venv", "node_modules", "static", ".git", ".ragstone", "__pycache__"}


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def files(root: Path) -> list[Path]:
    """Every file of the project that a person wrote."""
    found = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        hidden = any(part.startswith(".") and part not in {".ci", ".importlinter", ".env.example"} for part in parts)
        if path.is_file() and not hidden and _NOT_OURS.isdisjoint(parts):
            found.append(path)
    return found
