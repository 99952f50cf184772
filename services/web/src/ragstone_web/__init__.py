"""The browser app, as built files."""

from pathlib import Path


def static_root() -> Path:
    """The folder of the built page: ``index.html`` and what it refers to, hashed names under ``assets/``."""
    return Path(__file__).parent / "static"
