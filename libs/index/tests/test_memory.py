"""The exact index passes the contract like any other."""

from collections.abc import AsyncIterator

import pytest

from ragstone_index import InMemoryVectorIndex, VectorIndex
from ragstone_testing.vector_index_contract import VectorIndexContract


@pytest.mark.requirement("RET-6")
class TestInMemoryVectorIndex(VectorIndexContract):
    @pytest.fixture
    async def index(self) -> AsyncIterator[VectorIndex]:
        index = InMemoryVectorIndex()
        yield index
        await index.close()
