"""The pgvector adapter over a real Postgres."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ragstone_contracts.errors import Unavailable
from ragstone_index import VectorIndex, open_index
from ragstone_testing.postgres import PostgresServer, postgres
from ragstone_testing.vector_index_contract import VectorIndexContract
from ragstone_testing.vector_index_samples import fill, found, stored

__all__ = ["postgres"]


@pytest.mark.requirement("RET-6")
class TestPgvector(VectorIndexContract):
    @pytest.fixture
    async def index(self, postgres: PostgresServer) -> AsyncIterator[VectorIndex]:
        index = open_index(postgres.new_database())
        yield index
        await index.close()


async def test_a_server_that_is_away_is_unavailable() -> None:
    index = open_index("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable):
        await index.ping()
    with pytest.raises(Unavailable):
        await index.chunks("any")
    await index.close()


async def test_two_processes_may_begin_at_once(postgres: PostgresServer) -> None:
    url = postgres.new_database()
    indexes = [open_index(url) for _ in range(4)]
    await asyncio.gather(*(fill(index, stored(f"{n}")) for n, index in enumerate(indexes)))
    assert await found(indexes[0]) == {"0", "1", "2", "3"}
    for index in indexes:
        await index.close()
