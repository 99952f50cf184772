"""Vector stores of the llama-index ecosystem whose engines run here, over the same contract as every other index."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest

from ragstone_contracts.errors import Unavailable
from ragstone_index import IndexedChunk, VectorIndex, encode_document, open_index
from ragstone_testing.postgres import PostgresServer, postgres
from ragstone_testing.scripted_models import listening
from ragstone_testing.vector_index_contract import COLLECTION, DIMENSIONS, VectorIndexContract, stored
from ragstone_testing.vector_servers.opensearch import OpenSearchServer
from ragstone_testing.vector_servers.pinecone import PineconeServer

__all__ = ["postgres"]


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


@pytest.mark.filterwarnings("ignore:Call to deprecated method:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Query does not have a covering index:UserWarning")
@pytest.mark.requirement("RET-6")
class TestSupabase(VectorIndexContract):
    """Supabase's vectors are a schema of Postgres: here it is a real one."""

    @pytest.fixture
    async def index(self, postgres: PostgresServer) -> AsyncIterator[VectorIndex]:
        pytest.importorskip("llama_index.vector_stores.supabase")
        url = postgres.new_database()
        with_the_extension = open_index(url)
        await with_the_extension.ping()
        await with_the_extension.close()
        index = open_index("supabase://" + url.partition("://")[2])
        yield index
        for collection in await index.collections():
            await index.drop(collection)
        await index.close()


@pytest.mark.requirement("RET-6")
class TestOpenSearch(VectorIndexContract):
    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[VectorIndex]:
        pytest.importorskip("llama_index.vector_stores.opensearch")
        with listening(OpenSearchServer()) as server:
            index = open_index(f"opensearch+{server}?catalog={_catalog(tmp_path)}")
            yield index
            await index.close()


@pytest.mark.requirement("RET-6")
class TestPinecone(VectorIndexContract):
    @pytest.fixture
    async def index(self, tmp_path: Path) -> AsyncIterator[VectorIndex]:
        pytest.importorskip("llama_index.vector_stores.pinecone")
        with listening(PineconeServer(DIMENSIONS, "a key")) as server:
            url = f"pinecone+{server}?catalog={_catalog(tmp_path)}"
            index = open_index(url, api_key="a key")
            yield index
            await index.close()

    async def test_a_dropped_collection_can_be_made_again_with_another_dimension(self, index: VectorIndex) -> None:
        """Not here: an index of Pinecone has one number of dimensions for good."""
        chunk = stored("b")
        with pytest.raises(Unavailable, match="dimension"):
            await index.upsert(COLLECTION, [IndexedChunk(chunk, np.ones(3, np.float32), encode_document(chunk.text))])


def _catalog(folder: Path) -> str:
    return quote(f"sqlite+aiosqlite:///{folder}/catalog.sqlite", safe="")
