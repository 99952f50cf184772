"""Vector stores of the llama-index ecosystem whose engines run here, over the same contract as every other index."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from ragstone_contracts.errors import Unavailable
from ragstone_index import (
    All,
    Between,
    Either,
    IndexedChunk,
    Not,
    OneOf,
    VectorIndex,
    encode_document,
    open_index,
)
from ragstone_index.filters import Where
from ragstone_index.payload import point_id
from ragstone_testing.postgres import PostgresServer, postgres
from ragstone_testing.scripted_models import listening
from ragstone_testing.vector_index_contract import VectorIndexContract
from ragstone_testing.vector_index_samples import COLLECTION, DIMENSIONS, EVERYONE, fill, stored, vector_of
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


@pytest.mark.requirement("RET-1")
@pytest.mark.parametrize("engine", ["chroma", "milvus", "opensearch", "pinecone"])
async def test_the_store_itself_is_told_who_asks(engine: str, tmp_path: Path) -> None:
    """What it names before anything is held against it: nothing that the asker may not see."""
    pytest.importorskip(f"llama_index.vector_stores.{engine}")
    with listening(OpenSearchServer()) as opensearch, listening(PineconeServer(DIMENSIONS, "a key")) as pinecone:
        addresses = {
            "opensearch": f"opensearch+{opensearch}?catalog={_catalog(tmp_path)}",
            "pinecone": f"pinecone+{pinecone}?catalog={_catalog(tmp_path)}",
        }
        index: Any = open_index(addresses.get(engine, f"{engine}:{tmp_path}"), api_key="a key")
        await fill(
            index,
            stored("seen", metadata={"year": 2020, "tags": ["x", "y"]}),
            stored("another", metadata={"year": 2021}),
            stored("other tenant", tenant="globex", metadata={"year": 2020}),
            stored("other reader", acl=["user:bob"], metadata={"year": 2020}),
            stored("unborn", born=6, metadata={"year": 2020}),
            stored("dead", died=5, metadata={"year": 2020}),
        )
        store = await index._store(COLLECTION)

        def named(where: Where | None) -> set[str]:
            return set(store.search(vector_of("fox"), 100, EVERYONE, where))

        assert named(None) == {point_id("seen"), point_id("another")}
        assert named(OneOf("year", [2020])) == {point_id("seen")}
        assert named(All([OneOf("tags", ["x", "z"]), Not(OneOf("year", [7]))])) == {point_id("seen")}
        assert named(Between("year", gte=2021)) == {point_id("another")}
        assert named(Either([OneOf("tags", ["y"]), Between("year", gt=2020)])) == named(None)
        assert named(Not(OneOf("year", [2020]))) == named(None)
        await index.close()
