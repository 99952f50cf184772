"""The server adapter over the client's own engine, which understands the same requests."""

from collections.abc import AsyncIterator

import pytest

from ragstone_contracts.errors import Unavailable
from ragstone_index import VectorIndex, encode_query
from ragstone_index.qdrant_server import QdrantServerIndex
from ragstone_testing.vector_index_contract import COLLECTION, EVERYONE, VectorIndexContract


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
@pytest.mark.requirement("RET-6")
class TestQdrantServerIndex(VectorIndexContract):
    @pytest.fixture
    async def index(self) -> AsyncIterator[VectorIndex]:
        index = QdrantServerIndex(":memory:")
        yield index
        await index.close()


async def test_a_server_that_is_away_is_unavailable() -> None:
    index = QdrantServerIndex("http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        await index.ping()
    with pytest.raises(Unavailable):
        await index.sparse(COLLECTION, encode_query("fox"), EVERYONE, 5)
    await index.close()
