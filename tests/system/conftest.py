"""A real Ragstone for the tests, on a fresh data folder and a free port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .running import Ragstone


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Ragstone]:
    """A Ragstone of the test's own, not started yet."""
    ragstone = Ragstone(tmp_path / "data", port=18200)
    yield ragstone
    if ragstone.process is not None:
        ragstone.stop()


@pytest.fixture(scope="session")
def ragstone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ragstone]:
    """One Ragstone for all tests that do not end it."""
    ragstone = Ragstone(tmp_path_factory.mktemp("ragstone") / "data").start()
    yield ragstone
    ragstone.stop()
