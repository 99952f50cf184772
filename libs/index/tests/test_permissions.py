"""Nobody finds what they may not see, whatever happened before."""

from pathlib import Path

import pytest

from ragstone_index import InMemoryVectorIndex, open_index
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_index.qdrant_server import QdrantServerIndex
from ragstone_testing.postgres import PostgresServer, postgres
from ragstone_testing.vector_index_machine import walk

from .leaky import LEAKY

__all__ = ["postgres"]


@pytest.mark.requirement("RET-1")
@pytest.mark.parametrize("leaky", LEAKY)
def test_a_planted_leak_is_caught(leaky: type[InMemoryVectorIndex]) -> None:
    with pytest.raises(AssertionError):
        walk(leaky, histories=40, steps=40, same=True)


@pytest.mark.requirement("RET-1")
def test_the_exact_index_never_shows_what_is_hidden() -> None:
    walk(InMemoryVectorIndex, histories=40)


@pytest.mark.requirement("RET-1")
def test_the_embedded_engine_never_shows_what_is_hidden(scratch: Path) -> None:
    walk(lambda: QdrantEdgeIndex(scratch), histories=15)


@pytest.mark.requirement("RET-1")
@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
def test_the_server_adapter_never_shows_what_is_hidden() -> None:
    walk(lambda: QdrantServerIndex(":memory:"), histories=20)


@pytest.mark.requirement("RET-1")
def test_pgvector_never_shows_what_is_hidden(postgres: PostgresServer) -> None:
    walk(lambda: open_index(postgres.new_database()), histories=10)
