"""Vector stores of the llama-index ecosystem whose engines run here, over the same contract as every other index."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ragstone_index import VectorIndex, open_index
from ragstone_testing.vector_index_contract import VectorIndexContract


@pytest.mark.requirement("RET-6")
class TestFaiss(VectorIndexContract):
    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[VectorIndex]:
        pytest.importorskip("llama_index.vector_stores.faiss")
        index = open_index(f"faiss:{tmp_path}")
        yield index
        await index.close()


@pytest.mark.requirement("RET-6")
class TestChroma(VectorIndexContract):
    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[VectorIndex]:
        pytest.importorskip("llama_index.vector_stores.chroma")
        index = open_index(f"chroma:{tmp_path}")
        yield index
        await index.close()


@pytest.mark.requirement("RET-6")
class TestMilvus(VectorIndexContract):
    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[VectorIndex]:
        pytest.importorskip("llama_index.vector_stores.milvus")
        index = open_index(f"milvus:{tmp_path}")
        yield index
        await index.close()
