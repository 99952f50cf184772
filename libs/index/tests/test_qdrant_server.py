"""The server adapter over the client's own engine, which understands the same requests."""

from collections.abc import AsyncIterator

import pytest

from ragstone_index import VectorIndex
from ragstone_index.qdrant_server import QdrantServerIndex
from ragstone_testing.vector_index_contract import VectorIndexContract


@pytest.mark.filterwarnings("ignore:Payload indexes have no effect in the local Qdrant")
class TestQdrantServerIndex(VectorIndexContract):
    @pytest.fixture
    async def index(self) -> AsyncIterator[VectorIndex]:
        index = QdrantServerIndex(":memory:")
        yield index
        await index.close()
