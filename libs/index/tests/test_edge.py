"""The embedded engine: the contract, and what it promises about its folder and its process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragstone_index import VectorIndex
from ragstone_index.edge import QdrantEdgeIndex
from ragstone_testing.vector_index_contract import VectorIndexContract


class TestQdrantEdgeIndex(VectorIndexContract):
    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[VectorIndex]:
        index = QdrantEdgeIndex(tmp_path / "index")
        yield index
        await index.close()
