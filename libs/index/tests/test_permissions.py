"""Nobody finds what they may not see, whatever happened before."""

from pathlib import Path

import pytest

from ragstone_index import InMemoryVectorIndex
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_index.qdrant_server import QdrantServerIndex
from ragstone_testing.vector_index_machine import walk


@pytest.mark.requirement("RET-1")
def test_the_exact_index_never_shows_what_is_hidden() -> None:
    walk(InMemoryVectorIndex, histories=60)


@pytest.mark.requirement("RET-1")
def test_the_embedded_engine_never_shows_what_is_hidden(scratch: Path) -> None:
    walk(lambda: QdrantEdgeIndex(scratch), histories=15)


@pytest.mark.requirement("RET-1")
@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
def test_the_server_adapter_never_shows_what_is_hidden() -> None:
    walk(lambda: QdrantServerIndex(":memory:"), histories=20)
